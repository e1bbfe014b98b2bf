// A million frames of an attacker's, in the simulation: nothing crashes or grows, every frame is counted once, and
// what is answered is answered rightly.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createWorld, type NetPort, type World } from "@miou-solo5/sim";
import { type NetStatistics, net, type Run } from "miou-solo5";
import { afterEach, describe, expect, test } from "vitest";
import { HostileFrames, type Scene } from "../../../tooling/hostile-frames.ts";
import { parsePlace } from "../src/address.ts";
import { answeredCount, type Counters, droppedCount, FAULTS } from "../src/counters.ts";
import { Responder } from "../src/responder.ts";
import { serve } from "../src/server.ts";
import { CLIENT_MAC, hexOf, SERVER_MAC, seed } from "./frames.ts";
import { answerFault } from "./hostile-answers.ts";

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
  readonly statistics: () => NetStatistics;
  readonly counters: Counters;
  readonly #run: Run<never>;
  readonly #answers: Uint8Array[] = [];
  sent = 0;
  answered = 0;

  constructor(mtu: number) {
    const machine = this.world.machine("server");
    this.port = machine.net("service", { mac: SERVER_MAC, mtu });
    this.port.send = (frame) => void this.#answers.push(frame);
    const responder = new Responder(SERVER_MAC, parsePlace("10.0.0.2/24"));
    this.counters = responder.counters;
    let statistics: (() => NetStatistics) | undefined;
    this.#run = machine.start([net("service")], (service) => {
      statistics = () => service.statistics();
      return serve(service, responder);
    });
    this.world.run();
    this.statistics = statistics as unknown as () => NetStatistics;
    this.scene = {
      mac: SERVER_MAC,
      address: Uint8Array.of(10, 0, 0, 2),
      attackerMac: CLIENT_MAC,
      attackerAddress: Uint8Array.of(10, 0, 0, 1),
      frameSizeMax: this.port.frameSizeMax,
    };
  }

  /** Sends a frame, lets the server answer, and gives the answer or null. Throws where that is wrong. */
  send(frame: Uint8Array, title: string): Uint8Array | null {
    this.port.receive(frame);
    this.sent += 1;
    this.world.run();
    const answer = this.#answers.pop();
    if (answer === undefined) return null;
    this.answered += 1;
    const fault = this.#answers.length > 0 ? "twice" : answerFault(frame, answer, this.scene);
    if (fault === null) return answer;
    throw new Error(`${title} ${hexOf(frame)} was answered ${fault}: ${hexOf(answer)}`);
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
  [1500, 1_000_000],
  [68, 100_000],
  [9000, 30_000],
])("on a link with MTU %i, %i hostile frames", (mtu, count) => {
  test("neither stop the server nor make it grow, and each is counted once", () => {
    const server = new Attacked(mtu);
    attacked = server;
    const hostile = new HostileFrames(seed, server.scene);
    const heap: number[] = [];
    let requests = 0;
    for (let tenth = 0; tenth < 10; tenth++) {
      for (let i = 0; i < count / 10; i++) {
        const frame = hostile.next();
        const { kind, isRequest } = hostile;
        const answer = server.send(frame, kind);
        if (!isRequest) continue;
        requests += 1;
        if (answer === null) throw new Error(`a sound ${kind} got no answer: ${hexOf(frame)}`);
      }
      server.checkAlive(hostile);
      heap.push(heapUsed());
    }
    const { counters } = server;
    expect(answeredCount(counters)).toBe(server.answered);
    expect(answeredCount(counters) + droppedCount(counters)).toBe(server.sent);
    expect(server.statistics()).toMatchObject({
      framesReceived: server.sent,
      framesSent: server.answered,
      receiveDropped: 0,
      receiveOversized: 0,
      sendDropped: 0,
    });
    // The generator reaches everything: sound requests, wrong frames that are answered all the same
    // (junk behind a datagram, say), and every reason to drop one, except that no port delivers less than a header.
    expect(requests).toBeGreaterThan(count / 10);
    expect(server.answered).toBeGreaterThan(requests);
    const unmet = FAULTS.filter((fault) => counters.dropped[fault] === 0);
    expect(unmet).toEqual(["ethernet.short"]);
    // From the 2nd tenth on, when everything has been compiled.
    const growth = (heap[9] as number) - (heap[1] as number);
    expect(growth / (0.8 * count)).toBeLessThan(mtu === 1500 ? 4 : 40);
  }, 240_000);
});

test("frames that come faster than they are read are dropped by the link, and all add up", () => {
  const server = new Attacked(1500);
  attacked = server;
  const hostile = new HostileFrames(seed, server.scene);
  let answers = 0;
  server.port.send = () => {
    answers += 1;
  };
  for (let burst = 0; burst < 20; burst++) {
    for (let i = 0; i < 1500; i++) server.port.receive(hostile.next());
    server.world.run();
  }
  const { receiveDropped } = server.port.counters;
  expect(receiveDropped).toBe(20 * (1500 - 1024));
  const { counters } = server;
  expect(answeredCount(counters) + droppedCount(counters) + receiveDropped).toBe(20 * 1500);
  expect(answers).toBe(answeredCount(counters));
});

test("a seed repeats its frames, and another gives others", () => {
  const { scene } = new Attacked(1500);
  const frames = (from: number) => {
    const hostile = new HostileFrames(from, scene);
    return Array.from({ length: 300 }, () => `${hexOf(hostile.next())} ${hostile.kind}`);
  };
  expect(frames(seed)).toEqual(frames(seed));
  expect(frames(seed)).not.toEqual(frames(seed + 1));
});

describe("the judge of answers", () => {
  const server = new Attacked(1500);
  const hostile = new HostileFrames(seed, server.scene);

  /** A sound request of the wanted kind, and its answer. */
  function exchange(kind: string): [Uint8Array, Uint8Array] {
    for (;;) {
      const request = hostile.request();
      if (hostile.kind !== kind || request.length < 60) continue;
      return [request, server.send(request.slice(), kind) as Uint8Array];
    }
  }

  test.each(["ARP request", "ping", "UDP echo"])(
    "refuses an answer to a %s with any bit wrong",
    (kind) => {
      const [request, answer] = exchange(kind);
      expect(answerFault(request, answer, server.scene)).toBeNull();
      // Type of service, identification, don't-fragment, time to live: a station's own choice, but under
      // the checksum.
      for (let bit = 0; bit < answer.length * 8; bit++) {
        const wrong = answer.slice();
        wrong[bit >> 3] = (wrong[bit >> 3] as number) ^ (1 << (bit & 7));
        expect(answerFault(request, wrong, server.scene), `bit ${bit}`).not.toBeNull();
      }
      for (const size of [0, 13, 14, 33, answer.length - 1]) {
        expect(answerFault(request, answer.subarray(0, size), server.scene)).not.toBeNull();
      }
      const longer = Uint8Array.from([...answer, ...new Uint8Array(request.length)]);
      expect(answerFault(request, longer, server.scene)).toBe("longer than the request");
    },
  );

  test("refuses an answer to what must get none", () => {
    const [request, answer] = exchange("UDP echo");
    const wrong = (change: (frame: Uint8Array) => void): string | null => {
      const frame = request.slice();
      change(frame);
      return answerFault(frame, answer, server.scene);
    };
    expect(wrong((frame) => frame.fill(0xff, 0, 6))).toBe("to a broadcast");
    expect(wrong((frame) => frame.set([0xfe], 0))).toBe("to a frame for somebody else");
    expect(wrong((frame) => frame.fill(0, 6, 12))).toBe("to a frame from nobody");
    expect(wrong((frame) => frame.set([1], 6))).toBe("to a frame from a group");
    expect(wrong((frame) => frame.set(server.scene.mac, 6))).toBe("to a frame in its own name");
    expect(wrong((frame) => frame.set([0x20, 1], 20))).toBe(
      "to a request with a wrong header checksum",
    );
    expect(wrong((frame) => frame.set([0x86, 0xdd], 12))).toBe("of another type");
  });
});
