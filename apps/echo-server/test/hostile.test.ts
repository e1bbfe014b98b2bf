// Hundreds of thousands of an attacker's frames, in the simulation: nothing crashes or grows, sound requests go on being
// answered, and all that is sent is in order.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createWorld, type NetPort, type World } from "@miou-solo5/sim";
import { type Counters, DROP_REASONS, tcpip } from "@miou-solo5/tcpip";
import { type Run, us } from "miou-solo5";
import { afterEach, describe, expect, test } from "vitest";
import { HostileFrames, type Scene } from "../../../tooling/hostile-frames.ts";
import { Echoed } from "../src/echoed.ts";
import { serve } from "../src/server.ts";
import { CLIENT_MAC, hexOf, SERVER_MAC, seed } from "./frames.ts";
import { answerFault, isEcho, isFragment, isQuestion, replyTo } from "./hostile-answers.ts";
import { frameFault } from "./soundness.ts";

console.info(`SEED=${seed}`);

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

function heapUsed(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

/** A server on a port that the test is the other end of. */
class Attacked {
  readonly scene: Scene;
  readonly world: World = createWorld({ seed });
  readonly port: NetPort;
  readonly counters: Counters;
  readonly echoed = new Echoed();
  readonly #run: Run<never>;
  #answers: Uint8Array[] = [];
  sent = 0;
  received = 0;

  constructor(mtu: number) {
    const machine = this.world.machine("server");
    this.port = machine.net("service", { mac: SERVER_MAC, mtu });
    this.port.send = (frame) => {
      this.received += 1;
      this.#answers.push(frame);
    };
    let counters: Counters | undefined;
    const stack = tcpip({ device: "service", address: "10.0.0.2/24" });
    this.#run = machine.start([stack], (ip) => {
      counters = ip.counters;
      return serve(ip, this.echoed);
    });
    this.#pass();
    this.counters = counters as unknown as Counters;
    this.scene = {
      mac: SERVER_MAC,
      address: Uint8Array.of(10, 0, 0, 2),
      attackerMac: CLIENT_MAC,
      attackerAddress: Uint8Array.of(10, 0, 0, 1),
      frameSizeMax: this.port.frameSizeMax,
    };
  }

  /** Sends a frame, lets the server answer, and gives the echo or null. Throws where anything that was sent is wrong. */
  send(frame: Uint8Array, title: string): Uint8Array | null {
    this.#receive(frame);
    let echo: Uint8Array | null = null;
    for (let answer = this.#answers.shift(); answer !== undefined; answer = this.#answers.shift()) {
      const fault = frameFault(answer, this.scene);
      if (fault !== null)
        throw new Error(`after ${title} ${hexOf(frame)} ${fault}: ${hexOf(answer)}`);
      if (isQuestion(answer, this.scene)) this.#receive(replyTo(this.scene));
      if (!isEcho(answer, this.scene)) continue;
      // A datagram that this frame completes is judged by itself only.
      const echoFault = isFragment(frame) ? null : answerFault(frame, answer, this.scene);
      if (echoFault === null && echo === null) echo = answer;
      else throw new Error(`${title} ${hexOf(frame)} was answered ${echoFault}: ${hexOf(answer)}`);
    }
    return echo;
  }

  /** Sends sound requests of every kind, each of which must be answered. */
  checkAlive(hostile: HostileFrames): void {
    const wanted = new Set(["ARP request", "ping", "UDP echo"]);
    while (wanted.size > 0) {
      const frame = hostile.request();
      if (!hostile.isRequest) continue;
      if (this.send(frame, hostile.kind) === null) {
        throw new Error(`${hostile.kind} is not answered any more: ${hexOf(frame)}`);
      }
      wanted.delete(hostile.kind);
    }
  }

  /** Lets happen what is due, and a little later. */
  #pass(): void {
    this.world.run(this.world.now + us(10));
  }

  #receive(frame: Uint8Array): void {
    this.port.receive(frame);
    this.sent += 1;
    this.#pass();
  }

  async end(): Promise<void> {
    this.#run.cancel();
    this.world.run();
    await expect(this.#run.result).rejects.toMatchObject({ code: "ERR_SOLO5_CANCELLED" });
  }
}

let attacked: Attacked | undefined;
afterEach(async () => {
  await attacked?.end();
  attacked = undefined;
});

describe.each([
  [1500, 300_000],
  [68, 50_000],
  [9000, 20_000],
])("on a link with MTU %i, %i hostile frames", (mtu, count) => {
  test("neither stop the server nor make it grow", () => {
    const server = new Attacked(mtu);
    attacked = server;
    const hostile = new HostileFrames(seed, server.scene);
    server.checkAlive(hostile);
    const heap: number[] = [];
    let requests = 0;
    for (let tenth = 0; tenth < 10; tenth++) {
      for (let i = 0; i < count / 10; i++) {
        const frame = hostile.next();
        const { kind, isRequest } = hostile;
        const echo = server.send(frame, kind);
        if (!isRequest) continue;
        requests += 1;
        if (echo === null) throw new Error(`a sound ${kind} got no answer: ${hexOf(frame)}`);
      }
      server.checkAlive(hostile);
      heap.push(heapUsed());
    }
    const { counters, echoed } = server;
    expect(counters.framesReceived).toBe(server.sent);
    expect(counters.framesSent).toBe(server.received);
    // The generator reaches everything: what is sound, and nearly every reason to drop something.
    expect(requests).toBeGreaterThan(count / 10);
    expect(echoed.datagrams).toBeGreaterThan(requests / 4);
    expect(echoed.refused).toBeGreaterThan(0);
    const met = DROP_REASONS.filter((reason) => counters.dropped[reason] > 0);
    expect(met.length).toBeGreaterThan(25);
    // From the 2nd tenth on, when everything has been compiled.
    const growth = (heap[9] as number) - (heap[1] as number);
    expect(growth / (0.8 * count)).toBeLessThan(mtu === 1500 ? 4 : 40);
  }, 240_000);
});

test("frames that come faster than they are read are dropped by the link, and all add up", () => {
  const server = new Attacked(1500);
  attacked = server;
  const hostile = new HostileFrames(seed, server.scene);
  server.port.send = () => {};
  for (let burst = 0; burst < 20; burst++) {
    for (let i = 0; i < 1500; i++) server.port.receive(hostile.next());
    server.world.run(server.world.now);
  }
  const { receiveDropped } = server.port.counters;
  expect(receiveDropped).toBe(20 * (1500 - 1024));
  expect(server.counters.framesReceived + receiveDropped).toBe(20 * 1500);
});

test("a seed repeats its frames, and another gives others", () => {
  const server = new Attacked(1500);
  attacked = server;
  const frames = (from: number) => {
    const hostile = new HostileFrames(from, server.scene);
    return Array.from({ length: 300 }, () => `${hexOf(hostile.next())} ${hostile.kind}`);
  };
  expect(frames(seed)).toEqual(frames(seed));
  expect(frames(seed)).not.toEqual(frames(seed + 1));
});

describe("the judge of echoes", () => {
  /** A sound request of the wanted kind, and its answer. */
  function exchange(kind: string): { request: Uint8Array; answer: Uint8Array; scene: Scene } {
    const server = new Attacked(1500);
    attacked = server;
    const hostile = new HostileFrames(seed, server.scene);
    for (;;) {
      const request = hostile.request();
      if (hostile.kind !== kind || request.length < 60) continue;
      const answer = server.send(request.slice(), kind) as Uint8Array;
      return { request, answer, scene: server.scene };
    }
  }

  test.each(["ARP request", "ping", "UDP echo"])(
    "refuses an answer to a %s with any bit wrong",
    (kind) => {
      const { request, answer, scene } = exchange(kind);
      expect(answerFault(request, answer, scene)).toBeNull();
      // The station that it goes to is ARP's affair. Type of service, identification, don't-fragment, time to live are the
      // sender's own choice, but under the checksum.
      for (let bit = 48; bit < answer.length * 8; bit++) {
        const wrong = answer.slice();
        wrong[bit >> 3] = (wrong[bit >> 3] as number) ^ (1 << (bit & 7));
        expect(answerFault(request, wrong, scene), `bit ${bit}`).not.toBeNull();
        expect(kind === "ARP request" || frameFault(wrong, scene), `bit ${bit}`).not.toBeNull();
      }
      for (const size of [0, 13, 14, 33, answer.length - 1]) {
        expect(answerFault(request, answer.subarray(0, size), scene)).not.toBeNull();
      }
      const longer = Uint8Array.from([...answer, ...new Uint8Array(request.length)]);
      expect(answerFault(request, longer, scene)).toBe("longer than the request");
    },
  );

  test("refuses an answer to what must get none", () => {
    const { request, answer, scene } = exchange("UDP echo");
    const wrong = (change: (frame: Uint8Array) => void): string | null => {
      const frame = request.slice();
      change(frame);
      return answerFault(frame, answer, scene);
    };
    expect(wrong((frame) => frame.fill(0xff, 0, 6))).toBe("to a broadcast");
    expect(wrong((frame) => frame.set([0xfe], 0))).toBe("to a frame for somebody else");
    expect(wrong((frame) => frame.fill(0, 6, 12))).toBe("to a frame from nobody");
    expect(wrong((frame) => frame.set([1], 6))).toBe("to a frame from a group");
    expect(wrong((frame) => frame.set(scene.mac, 6))).toBe("to a frame in its own name");
    expect(wrong((frame) => frame.set([0x20, 1], 20))).toBe(
      "to a request with a wrong header checksum",
    );
    expect(wrong((frame) => frame.set([0x86, 0xdd], 12))).toBe("of another type");
  });
});
