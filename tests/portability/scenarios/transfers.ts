// TCP through loss and reordering: windows grow and shrink by cube roots and logarithms of what comes back.
import type { Suspended } from "@miou-solo5/scheduler";
import { ms, us } from "@miou-solo5/scheduler";
import { createWorld } from "@miou-solo5/sim";
import { parseAddress, type TcpConnection, tcpip } from "@miou-solo5/tcpip";
import { show } from "../recorder/show.ts";
import { errorName, type Note, type Scenario } from "./scenario.ts";

const SIZE = 400_000;

export const transfers: Scenario = {
  name: "TCP through a bad wire",
  async run(note, seed) {
    const world = createWorld({ seed });
    const [left, right] = [world.machine("left"), world.machine("right")];
    const faults = { latency: ms(8), jitter: us(300), bandwidth: 2e7, queueCountMax: 40 };
    const wire = world.wire(left.net("n"), right.net("n"), {
      ...faults,
      loss: 0.01,
      reordering: 0.01,
      duplication: 0.005,
      corruption: 0.005,
    });
    for (const way of ["forth", "back"] as const) {
      wire[way].onFault = (fault, size) => note(`@${world.now} ${way}: ${fault}, ${size} bytes`);
    }
    const hash = right.start([tcpip({ device: "n", address: "10.0.0.2/24" })], function* (ip) {
      return yield* received(yield* ip.tcp.listen(9).accept(), note);
    });
    const sent = left.start([tcpip({ device: "n", address: "10.0.0.1/24" })], function* (ip) {
      try {
        const { duration } = yield* ip.ping("10.0.0.2", { dataSize: 3000, timeout: ms(90) });
        note(`ping: ${duration}`);
      } catch (error) {
        note(`ping: ${errorName(error)}`);
      }
      const to = { address: parseAddress("10.0.0.2"), port: 9 };
      const connection = yield* ip.tcp.connect(to);
      const bytes = Uint8Array.from({ length: SIZE }, (_, i) => (i * i) >> 5);
      yield* connection.write(bytes);
      connection.close();
      note(`left: ${yield* connection.closed()}`);
      note(show(ip.counters.dropped));
    });
    world.run();
    // Who waits still, because the other end has given up, would wait for ever.
    for (const machine of [left, right]) machine.crash();
    for (const run of [hash, sent]) {
      note(await run.result.then(show, errorName));
    }
    note(`${world.now} ${show(wire.counters)}`);
  },
};

/** Reads to the end; tells when how much had come, and gives a hash of all. */
function* received(connection: TcpConnection, note: Note): Generator<Suspended, string, void> {
  const buffer = new Uint8Array(5000);
  const read = connection.read(buffer);
  let sum = 0;
  let count = 0;
  for (let size = yield* read; size > 0; size = yield* read) {
    for (let i = 0; i < size; i++) sum = Math.imul(sum ^ (buffer[i] ?? 0), 0x01000193);
    count += size;
    note(`received ${count}`);
  }
  connection.close();
  return `${count} bytes, ${sum >>> 0}, ${yield* connection.closed()}`;
}
