// UDP echo through the stack: the kernel's own UDP against it, 64 datagrams under way. The C side only swaps addresses; the
// stack parses and checks every header, the checksums included, and gives each datagram to a task.
import { Datagram, tcpip } from "@miou-solo5/tcpip";
import { run } from "miou-solo5";
import { LINK } from "../lib/link.mjs";
import { Meter } from "../lib/meter.mjs";
import { attach, say } from "../lib/service.mjs";

const LOAD = { count: 200_000, warmUp: 150_000, window: 64 };
const SIDES = ["c", "stack"];

export const row = {
  name: "tcp-udp-echo",
  place: 53,
  title: "UDP echo by a task on the stack, window 64",
  unit: "ns a frame",
  onTap: true,
  cases: [
    { name: "64 B", parameters: { ...LOAD, size: 64 }, sides: SIDES },
    { name: "1500 B", parameters: { ...LOAD, size: 1500 }, sides: SIDES },
  ],
  partner: ({ size, count, warmUp, window }) => ({
    when: "after",
    words: ["udp", LINK.address, size, count + warmUp, window],
  }),
  sides: {
    c: { c: "echo", words: ({ count, warmUp }) => [LINK.tap, count, warmUp, "udp"] },
    stack: ({ count, warmUp }) => {
      const solo5 = attach();
      const stack = tcpip({ device: "service", address: `${LINK.address}/24` });
      const server = function* server(ip) {
        const socket = ip.udp.bind(7);
        const datagram = new Datagram();
        const receive = socket.receive(datagram);
        const meter = new Meter();
        say("r");
        for (let i = 0; i < warmUp + count; i++) {
          if (i === warmUp) meter.begin();
          yield* receive;
          socket.send(datagram.bytes, datagram, 0, datagram.size);
        }
        meter.end();
        return meter.sample(count);
      };
      return run([stack], server, { solo5 }).finally(() => solo5.close());
    },
  },
};
