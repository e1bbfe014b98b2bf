// A host whose hardware address is another one now, or that we were told wrong: connections must find it again.
import { s, sleep } from "@miou-solo5/scheduler";
import { createWorld } from "@miou-solo5/sim";
import { expect, test } from "vitest";
import { parseAddress, tcpip } from "../../src/index.ts";
import { frameOf } from "../frames.ts";

const CLIENT = "02:00:00:00:00:01";
const NOBODY = "02:00:00:00:00:99";

test("a connection goes on seconds after its neighbour's address was forged", async () => {
  const world = createWorld({ seed: 1 });
  const [left, right] = [world.machine("left"), world.machine("right")];
  const stranger = world.machine("stranger").net("service");
  const client = left.net("service", { mac: Uint8Array.of(2, 0, 0, 0, 0, 1) });
  world.switch([client, right.net("service"), stranger], { latency: 1_000_000 });
  const serving = right.start(
    [tcpip({ device: "service", address: "10.0.0.2/24" })],
    function* (ip) {
      const connection = yield* ip.tcp.listen(7).accept();
      const buffer = new Uint8Array(100);
      const read = connection.read(buffer);
      for (let size = yield* read; size > 0; size = yield* read) {
        yield* connection.write(buffer, 0, size);
      }
      connection.close();
      yield* connection.closed();
    },
  );
  const asking = left.start([tcpip({ device: "service", address: "10.0.0.1/24" })], function* (ip) {
    const to = { address: parseAddress("10.0.0.2"), port: 7 };
    const connection = yield* ip.tcp.connect(to);
    // The forged answer comes at 10 s.
    yield* sleep(s(11));
    yield* connection.write(Uint8Array.of(1, 2, 3));
    const buffer = new Uint8Array(100);
    const size = yield* connection.read(buffer);
    const seconds = (world.now - s(11)) / 1e9;
    connection.close();
    yield* connection.closed();
    return { size, seconds };
  });
  const fields = { arp: "reply", from: NOBODY, to: CLIENT, sender: "10.0.0.2" } as const;
  const forged = frameOf({ ...fields, asks: "10.0.0.1" });
  world.at(s(10), () => stranger.transmit(forged));
  world.run();
  const { size, seconds } = await asking.result;
  await serving.result;
  expect(size).toBe(3);
  // Three retries take 1.4 s, three questions to nobody three; then everybody is asked, and the next retry is at 6.2 s.
  expect(seconds).toBeLessThan(7);
});
