// The server on two networks in one run: two stacks, two tasks that never end.

import { tcpip } from "@miou-solo5/tcpip";
import { print, race, run, spawn } from "miou-solo5";
import { Echoed, report, serve } from "../../dist/index.js";

const networks = [
  tcpip({ device: "left", address: "10.0.1.2/24" }),
  tcpip({ device: "right", address: "10.0.2.2/24" }),
];

await run(networks, function* (left, right) {
  const servers = [left, right].map((ip) => ({ ip, echoed: new Echoed() }));
  const tasks = servers.map(({ ip, echoed }) => spawn(() => serve(ip, echoed)));
  print("echo-server: on two networks\n");
  try {
    yield* race(tasks);
  } finally {
    for (const { ip, echoed } of servers) print(report(ip.counters, echoed));
  }
});
