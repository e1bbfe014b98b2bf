// One TCP stream between the kernel and our stack. "c" is a forwarder in the stack's place, on the same TAP: it swaps the
// addresses of each frame and writes it back, so that the kernel's client talks to a server of the kernel's. That is the
// least that a program can do which moves a TCP stream over a TAP at all: two system calls a frame, and no TCP. "c endpoint"
// is the stack's task in as little C as will do: one connection, and hardly a rule. "kernel" is a server of
// node:net on the kernel's own TCP behind a veth pair, which has offloads that a plain TAP lacks.
//
// The figure is wall time, seen by the client; beside it stands what an item, a byte, costs the box in CPU time.
import { LINK } from "../lib/link.mjs";
import { Meter } from "../lib/meter.mjs";
import { say } from "../lib/service.mjs";
import { kernelServer, PORT, serveStream, withStack } from "../lib/tcp.mjs";

const SIDES = ["c", "c endpoint", "stack", "kernel"];
const LOAD = { count: 128e6, warmUp: 48e6 };
const GOALS = [{ side: "stack", to: "c", atLeast: 0.75 }];

export const row = {
  name: "tcp-stream",
  place: 50,
  title: "One TCP stream",
  unit: "MB/s",
  onTap: true,
  figure: ({ wall, items }) => (items / wall) * 1e3,
  cases: [
    one("to us", "up", 1500, GOALS),
    one("from us", "down", 1500, GOALS),
    one("and back", "echo", 1500, GOALS),
    one("to us, 9000", "up", 9000),
    one("from us, 9000", "down", 9000),
    one("and back, 9000", "echo", 9000),
  ],
  partner: ({ mode, count, warmUp }) => ({
    c: "tcp-client",
    when: "after",
    words: ["stream", LINK.address, mode, count, warmUp],
  }),
  sides: {
    c: {
      c: "tcp-forward",
      words: ({ mtu, mode, count, warmUp }) => [LINK.tap, mtu, mode, count, warmUp],
    },
    "c endpoint": {
      c: "tcp-endpoint",
      words: ({ mtu, mode, count, warmUp }) => [LINK.tap, mtu, mode, count, warmUp],
    },
    stack: (load) =>
      withStack(load.mtu, function* server(ip) {
        const meter = new Meter();
        const listener = ip.tcp.listen(PORT);
        say("r");
        const connection = yield* listener.accept();
        yield* serveStream(connection, load, meter);
        connection.close();
        const { framesReceived, framesSent } = ip.counters;
        return meter.sample(load.count, { framesReceived, framesSent });
      }),
    kernel: (load) => kernelServer("stream", load, () => say("r")),
  },
};

function one(name, mode, mtu, goals = []) {
  return { name, parameters: { ...LOAD, mode, mtu }, sides: SIDES, goals };
}
