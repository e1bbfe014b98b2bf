// Connections: the kernel's client opens one, asks a byte back, and closes; 32 are under way. "c" forwards the frames to a
// server of the kernel's own, as in the row `tcp-stream`; "kernel" is node:net behind a veth pair. In each of the servers
// that Node runs a task, or a listener, is made for every connection.
import { LINK } from "../lib/link.mjs";
import { Meter } from "../lib/meter.mjs";
import { say } from "../lib/service.mjs";
import { kernelServer, manyConnections, PORT, reusePorts, withStack } from "../lib/tcp.mjs";

export const row = {
  name: "tcp-connections",
  place: 51,
  title: "TCP connections, one byte each",
  unit: "a second",
  onTap: true,
  figure: ({ wall, items }) => (items / wall) * 1e9,
  cases: [
    {
      name: "32 under way",
      parameters: { count: 3000, warmUp: 2000, window: 32 },
      sides: ["c", "stack", "kernel"],
    },
  ],
  partner: ({ count, warmUp, window }) => ({
    c: "tcp-client",
    when: "after",
    words: ["connections", LINK.address, count, warmUp, window],
  }),
  sides: {
    c: {
      c: "tcp-forward",
      words: ({ count, warmUp }) => [LINK.tap, 1500, "connections", count, warmUp],
    },
    stack: (load) =>
      withStack(1500, function* server(ip) {
        reusePorts();
        const meter = new Meter();
        const listener = ip.tcp.listen(PORT, { acceptMax: 1024 });
        say("r");
        yield* manyConnections(listener, load, meter);
        return meter.sample(load.count);
      }),
    kernel: (load) => kernelServer("connections", load, () => say("r")),
  },
};
