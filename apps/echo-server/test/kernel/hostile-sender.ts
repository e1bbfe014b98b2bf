// hostile-sender.js '{"seed":1,"count":100000,"mac":[2,…],"server":1234}'
//
// Attacks the echo-server at 10.0.0.2 from the interface `hostile0`, 61 frames at a time. Behind each such part go
// three more sound requests; the attack goes on once all sound ones are answered, or ends where that takes too
// long. Prints what it saw as JSON.

import { readFileSync } from "node:fs";
import { host } from "miou-solo5/host";
import { HostileFrames, type Scene } from "../../../../tooling/hostile-frames.ts";
import { answerFault, isEcho, isFragment, isQuestion, replyTo } from "../hostile-answers.ts";
import { frameFault } from "../soundness.ts";

/** What the attacker saw. */
export interface Attack {
  readonly sent: number;
  /** Frames that came from the server. */
  readonly received: number;
  /** Echoes among them. */
  readonly answered: number;
  /** Sound requests, and those of them that got no answer. */
  readonly requests: number;
  readonly unanswered: number;
  /** Frames that a bridge takes from nobody, or that are for itself: they don't reach the server. */
  readonly kept: number;
  /** Frames of the server's that are wrong, and echoes that belong to no frame sent. */
  readonly faults: readonly string[];
  /** Why it stopped before the end. */
  readonly silence: string | null;
  /** The server's resident memory after each tenth, in bytes. */
  readonly memory: readonly number[];
}

const PART = 61;
const PATIENCE_NS = 10e9;

interface Order {
  readonly seed: number;
  readonly count: number;
  readonly mac: readonly number[];
  readonly server: number;
}

const order = JSON.parse(process.argv[2] as string) as Order;
const mac = Uint8Array.of(2, 0, 0, 0, 0, 1);
const solo5 = host({ net: { hostile: { tap: "hostile0" } } });
const { handle, mtu } = solo5.netAcquire("hostile");
const scene: Scene = {
  mac: Uint8Array.from(order.mac),
  address: Uint8Array.of(10, 0, 0, 2),
  attackerMac: mac,
  attackerAddress: Uint8Array.of(10, 0, 0, 1),
  frameSizeMax: mtu + 14,
};
const hostile = new HostileFrames(order.seed, scene);
process.stdout.write(JSON.stringify(attack()));
solo5.close();

function attack(): Attack {
  const seen = { sent: 0, received: 0, answered: 0, requests: 0, unanswered: 0, kept: 0 };
  const faults: string[] = [];
  const memory: number[] = [];
  let silence: string | null = null;
  while (seen.sent < order.count && silence === null) {
    const frames: Uint8Array[] = [];
    const sound = new Set<number>();
    const add = (frame: Uint8Array): void => {
      if (hostile.isRequest) sound.add(frames.length);
      frames.push(frame);
    };
    for (let i = 0; i < PART; i++) add(hostile.next());
    for (const kind of ["ARP request", "ping", "UDP echo"]) add(soundRequest(kind));
    for (const frame of frames) solo5.netWrite(handle, frame, 0, frame.length);
    const answered = new Set<number>();
    silence = listen(frames, sound, answered, faults, seen);
    seen.sent += frames.length;
    seen.answered += answered.size;
    seen.requests += sound.size;
    seen.unanswered += [...sound].filter((index) => !answered.has(index)).length;
    seen.kept += frames.filter(isKept).length;
    if (seen.sent >= ((memory.length + 1) * order.count) / 10) memory.push(resident(order.server));
  }
  return { ...seen, faults, silence, memory };
}

/** One with data that no other has, where it has any. */
function soundRequest(kind: string): Uint8Array {
  for (;;) {
    const frame = hostile.request();
    if (hostile.isRequest && hostile.kind === kind && frame.length >= 60) return frame;
    if (hostile.isRequest && hostile.kind === kind && kind === "ARP request") return frame;
  }
}

/** Reads until every sound request has got its echo, or it takes too long. */
function listen(
  frames: readonly Uint8Array[],
  sound: ReadonlySet<number>,
  answered: Set<number>,
  faults: string[],
  seen: { sent: number; received: number },
): string | null {
  const buffer = new Uint8Array(scene.frameSizeMax);
  const ready = new Uint32Array(2);
  const deadline = solo5.clockMonotonic() + PATIENCE_NS;
  const missing = new Set(sound);
  while (missing.size > 0) {
    const size = solo5.netRead(handle, buffer, 0, buffer.length);
    if (size < 0) {
      if (solo5.clockMonotonic() >= deadline) {
        const [first = 0] = missing;
        return `no answer to ${hex(frames[first] as Uint8Array)} among ${frames.map(hex).join(" ")}`;
      }
      solo5.yield(deadline, ready);
      continue;
    }
    const frame = buffer.subarray(0, size);
    seen.received += 1;
    const fault = frameFault(frame, scene);
    if (fault !== null) faults.push(`${fault}: ${hex(frame)}`);
    if (isQuestion(frame, scene)) {
      const reply = replyTo(scene);
      solo5.netWrite(handle, reply, 0, reply.length);
      seen.sent += 1;
    }
    if (!isEcho(frame, scene)) continue;
    const at = frames.findIndex(
      (request, index) => !answered.has(index) && answerFault(request, frame, scene) === null,
    );
    if (at >= 0) {
      answered.add(at);
      missing.delete(at);
    } else if (!frames.some(isFragment)) {
      // A datagram that came in pieces has an echo that belongs to none of them.
      faults.push(`an echo to nothing: ${hex(frame)}`);
    }
  }
  return null;
}

/**
 * What a Linux bridge doesn't forward: from a group or nobody; to the addresses of bridges themselves, unless
 * it is the spanning tree's, which ours takes no part in; and whose VLAN tag is cut off.
 */
function isKept(frame: Uint8Array): boolean {
  const fromGroup = ((frame[6] as number) & 1) !== 0;
  const fromNobody = frame.subarray(6, 12).every((byte) => byte === 0);
  const toBridges = /^0180c200000[1-9a-f]/.test(hex(frame));
  const hasHalfATag = frame.length < 20 && /^(8100|88a8)/.test(hex(frame.subarray(12)));
  return fromGroup || fromNobody || toBridges || hasHalfATag;
}

function resident(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(
    readFileSync(`/proc/${pid}/status`, "utf8"),
  ) as RegExpExecArray;
  return Number(kilobytes) * 1024;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
