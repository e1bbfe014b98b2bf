// The program, `main.ts` as it stands, on a simulated machine.

import { createWorld } from "@miou-solo5/sim";
import { Datagram, parseAddress, type Stack } from "@miou-solo5/tcpip";
import { type Operation, s, withTimeout } from "miou-solo5";
import { describe, expect, test } from "vitest";
import { asking, program, type Scene, SERVER_ADDRESS, sceneIn, textOf } from "./scene.ts";

const seed = Number(process.env["SEED"] ?? 1);
const TO = { address: parseAddress(SERVER_ADDRESS), port: 7 };

/** Runs the program while `body` asks it; gives what that returned, and what the program printed at its end. */
async function during<T>(scene: Scene, body: (ip: Stack) => Operation<T>) {
  const { end, stop } = await program(scene);
  const start = scene.server.console;
  const client = asking(scene, body);
  scene.world.run();
  const value = await client.result;
  stop();
  scene.world.run();
  expect(await end).toBe("ERR_SOLO5_CANCELLED");
  return { value, start, report: scene.server.console.slice(start.length) };
}

describe("the program", () => {
  test("answers ping, UDP and TCP in the time of the wire, and reports what it did", async () => {
    const scene = sceneIn(createWorld({ seed }));
    const { value, start, report } = await during(scene, function* (ip) {
      const pings: number[] = [];
      for (let i = 0; i < 10; i++) pings.push((yield* ip.ping(SERVER_ADDRESS)).duration);
      const socket = ip.udp.bind(0, { remote: TO });
      const datagrams: number[] = [];
      for (const size of [0, 1, 1472, 1473, 65_507]) {
        socket.send(textOf(size, size));
        const { data } = yield* socket.receive();
        if (Buffer.compare(data, textOf(size, size)) === 0) datagrams.push(size);
      }
      const connection = yield* ip.tcp.connect(TO);
      yield* connection.write(textOf(1000, 1));
      const buffer = new Uint8Array(2000);
      const count = yield* connection.read(buffer);
      connection.close();
      yield* connection.closed();
      const isSame = Buffer.compare(buffer.subarray(0, count), textOf(1000, 1)) === 0;
      return { pings, datagrams, isSame };
    });
    expect(start).toMatch(
      /^echo-server: 10\.0\.0\.2\/24 is at ([0-9a-f]{2}:){5}[0-9a-f]{2}, MTU 1500\n$/,
    );
    // The first waits for the hardware address, which the server has just announced.
    expect(value.pings).toEqual([150_000, ...new Array(9).fill(100_000)]);
    expect(value.datagrams).toEqual([0, 1, 1472, 1473, 65_507]);
    expect(value.isSame).toBe(true);
    expect(report).toContain("ping     10 answered\nUDP      5 echoed\n");
    expect(report).toContain("TCP      1000 bytes echoed on 1 connection, 1 closed\n");
    // The client's own announcements are for nobody.
    expect(report).toMatch(/dropped {2}(\d+)\n {2}arp\.target +\1\n$/);
  });

  test("told to end, reports when the connections have ended, not before", async () => {
    const scene = sceneIn(createWorld({ seed }));
    const { end, stop } = await program(scene);
    const client = asking(scene, function* (ip) {
      const connection = yield* ip.tcp.connect(TO);
      yield* connection.write(textOf(100, 1));
      const buffer = new Uint8Array(200);
      const sizes = [yield* connection.read(buffer), yield* connection.read(buffer)];
      connection.close();
      yield* connection.closed();
      return sizes;
    });
    scene.world.run(scene.world.now + s(1));
    stop();
    scene.world.run();
    expect(await end).toBe("ERR_SOLO5_CANCELLED");
    expect(await client.result).toEqual([100, 0]);
    expect(scene.server.console).toContain("100 bytes echoed on 1 connection, 1 closed\n");
  });

  test("takes its address, its gateway and the interface's MTU", async () => {
    const scene = sceneIn(createWorld({ seed }), {
      arguments: ["10.0.0.9/28", "10.0.0.1"],
      mtu: 9000,
    });
    const { value, start } = await during(scene, function* (ip) {
      return (yield* ip.ping("10.0.0.9", { dataSize: 8972 })).hops;
    });
    expect(start).toMatch(/^echo-server: 10\.0\.0\.9\/28 is at .*, MTU 9000\n$/);
    expect(value).toBe(64);
  });

  test("does not answer datagrams that many get, or whose answer could not end", async () => {
    const scene = sceneIn(createWorld({ seed }));
    const { value, report } = await during(scene, function* (ip) {
      const heard: unknown[] = [];
      for (const port of [7, 13, 17, 19, 37]) {
        const socket = ip.udp.bind(port);
        socket.send(textOf(4, port), TO);
        heard.push(yield* silence(socket.receive()));
      }
      const socket = ip.udp.bind(9);
      socket.send(textOf(4, 1), { address: parseAddress("10.0.0.255"), port: 7 });
      heard.push(yield* silence(socket.receive(new Datagram())));
      return heard;
    });
    expect(value).toEqual(new Array(6).fill("ERR_SOLO5_TIMEOUT"));
    expect(report).toContain("UDP      0 echoed, 6 refused\n");
  });

  test.each([
    [["10.0.0.2/24", "10.0.0.1", "x"], "wanted two arguments at most, got 3"],
    [["nonsense"], 'wanted ADDRESS/PREFIX such as 10.0.0.2/24, got "nonsense"'],
    [["10.0.0.255/24"], "10.0.0.255 is the broadcast address of 10.0.0.255/24"],
    [["10.0.0.2/24", "10.0.1.1"], "a gateway is another host of the network 10.0.0.0/24"],
  ])("with arguments %j says what is wrong and ends with 2", async (words, message) => {
    const scene = sceneIn(createWorld({ seed }), { arguments: words });
    const { end } = await program(scene);
    expect(await end).toBe("ended");
    expect(scene.server.console).toContain(`echo-server: ${message}`);
    expect(scene.server.console).toMatch(/\nusage: echo-server \[ADDRESS\/PREFIX \[GATEWAY\]\]\n$/);
    expect(scene.server.status).toBe(2);
  });
});

/** The code of what happens instead of an answer within a second. */
function* silence(operation: Operation<unknown>) {
  try {
    return yield* withTimeout(s(1), operation);
  } catch (error) {
    return (error as { code: unknown }).code;
  }
}
