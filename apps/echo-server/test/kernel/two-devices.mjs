// The server on two networks in one run: two tasks that never end.

import { net, print, race, run, spawn } from "miou-solo5";
import { parsePlace, Responder, report, serve } from "../../dist/index.js";

await run([net("left"), net("right")], function* (left, right) {
  const servers = [
    [left, new Responder(left.mac, parsePlace("10.0.1.2/24"))],
    [right, new Responder(right.mac, parsePlace("10.0.2.2/24"))],
  ];
  const tasks = servers.map(([device, responder]) => spawn(() => serve(device, responder)));
  print("echo-server: on two networks\n");
  try {
    yield* race(tasks);
  } finally {
    for (const [device, responder] of servers)
      print(`${device.name}\n${report(responder.counters)}`);
  }
});
