// The stack on a TAP interface with tcpdump on it: what we send is captured as the kernel gets it, and where faults are injected
// also as the stack sent it, before them.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { host, tapCreate } from "@miou-solo5/bindings";
import { type Operation, run, type Solo5, type Suspended, until } from "@miou-solo5/scheduler";
import { type NetFaults, Wire, withNetFaults } from "@miou-solo5/sim";
import { type Counters, type Stack, tcpip } from "../../../src/index.ts";
import { countPcap, writePcap } from "../pcap.ts";

export const KERNEL = "10.0.0.1";
export const US = "10.0.0.2";
const INTERFACE = "tap0";

/** In front of what must not outlive this process, however that ends. */
export const TIED = ["--pdeathsig", "KILL", "--"];

/** Runs a program to its end, with all that it writes. */
export function execute(command: string, words: readonly string[]) {
  const options = { maxBuffer: 2 ** 26 };
  return promisify(execFile)("setpriv", [...TIED, command, ...words], options);
}

/** Whose first frame is damaged, once both sides have met: in the header, the checksum, or the second piece of a datagram. */
export type Plant = "ip" | "icmp" | "udp" | "tcp" | "fragment";

export interface Setting {
  /** Where captures go, and files that programs exchange. */
  readonly folder: string;
  /** What happens to frames between the stack and the interface, each way; null for nothing. */
  readonly faults: NetFaults | null;
  readonly plant?: Plant;
}

export interface Captured<T> {
  readonly value: T;
  /** Frames of ours that went to the interface. */
  readonly sent: number;
  /** Of these, what the injector damaged, or may have: copies included. */
  readonly damaged: number;
}

/**
 * Runs `main` over a new interface. In the setting's folder `interface.pcap` has what came to the kernel from us, and
 * `stack.pcap`, where there are faults, what the stack sent.
 */
export async function captured<T>(
  { folder, faults, plant }: Setting,
  main: (ip: Stack) => Operation<T>,
): Promise<Captured<T>> {
  tapCreate({ name: INTERFACE, address: `${KERNEL}/24` });
  const real = host({ net: { service: { tap: INTERFACE } } });
  const capture = await startCapture(join(folder, "interface.pcap"));
  const wire = new Wire({ seed: 1 });
  const frames: Uint8Array[] = [];
  const planter = new Planter(plant);
  let world = capture.over(real);
  if (plant !== undefined) world = watching(world, (frame) => planter.see(frame));
  if (faults !== null) {
    world = watching(withNetFaults(world, { service: wire }), (frame) => void frames.push(frame));
  }
  const seen: { counters?: Counters } = {};
  let value: T;
  try {
    value = await run(
      [tcpip({ device: "service", address: `${US}/24` })],
      function* (ip) {
        seen.counters = ip.counters;
        yield* meet(ip);
        if (faults !== null) wire.set(faults);
        planter.isArmed = true;
        return yield* main(ip);
      },
      { solo5: world },
    );
  } finally {
    real.close();
  }
  const { carried, corrupted, duplicated } = wire.forth.counters;
  const sent = faults === null ? (seen.counters?.framesSent ?? 0) : carried;
  await capture.finish(sent);
  if (faults !== null) writeFileSync(join(folder, "stack.pcap"), writePcap(frames));
  return { value, sent, damaged: corrupted + duplicated };
}

/**
 * Both sides learn the other's hardware address while nothing is damaged, the kernel for good: ARP has no checksum, and a run
 * must not depend on whether its few frames were hit.
 */
export function* meet(ip: Stack): Generator<Suspended, void, void> {
  yield* ip.ping(KERNEL);
  const mac = [...ip.mac].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
  const words = ["neigh", "replace", US, "lladdr", mac, "dev", INTERFACE, "nud", "permanent"];
  yield* until(execute("ip", words));
}

/** The world, with each frame that is sent shown before: a copy, which goes on as it then is. */
function watching(solo5: Solo5, see: (frame: Uint8Array) => void): Solo5 {
  const without = ["netReadBatch", "netReadSlots", "netWriteBatch"];
  const netWrite: Solo5["netWrite"] = (handle, from, offset, size) => {
    const frame = from.slice(offset, offset + size);
    see(frame);
    solo5.netWrite(handle, frame, 0, size);
  };
  return new Proxy(solo5, {
    get(target, key) {
      if (key === "netWrite") return netWrite;
      if (without.includes(String(key))) return undefined;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

const TRANSPORTS: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17 };

/** Damages one frame. */
class Planter {
  isArmed = false;
  readonly #plant: Plant | undefined;

  constructor(plant: Plant | undefined) {
    this.#plant = plant;
  }

  see(frame: Uint8Array): void {
    const isIpv4 = frame[12] === 8 && frame[13] === 0;
    if (!this.isArmed || !isIpv4 || !this.#isMeant(frame)) return;
    this.isArmed = false;
    // The header's checksum, else the last byte: text of every segment but a bare one, whose checksum it also spoils.
    const at = this.#plant === "ip" ? 24 : frame.length - 1;
    frame[at] = (frame[at] as number) ^ 1;
  }

  #isMeant(frame: Uint8Array): boolean {
    const fragment = (((frame[20] as number) << 8) | (frame[21] as number)) & 0x3fff;
    if (this.#plant === "ip") return true;
    if (this.#plant === "fragment") return (fragment & 0x1fff) > 0;
    return fragment === 0 && frame[23] === TRANSPORTS[String(this.#plant)];
  }
}

interface Capture {
  /** The world to run in. */
  over(solo5: Solo5): Solo5;
  /** Waits until `count` frames of ours are in the file, and ends it. @throws {Error} where some were dropped */
  finish(count: number): Promise<void>;
}

/**
 * By tcpdump. It can't give up its rights in a user namespace of one's own, as it insists on: there the frames are recorded as
 * they are given to the interface.
 */
async function startCapture(path: string): Promise<Capture> {
  const isOwnNamespace = readFileSync("/proc/self/setgroups", "utf8").trim() === "deny";
  return isOwnNamespace ? recorded(path) : await Tcpdump.start(path);
}

function recorded(path: string): Capture {
  const frames: Uint8Array[] = [];
  return {
    over: (solo5) => watching(solo5, (frame) => void frames.push(frame)),
    finish: async () => writeFileSync(path, writePcap(frames)),
  };
}

class Tcpdump implements Capture {
  readonly #path: string;
  readonly #child: ChildProcess;
  #words = "";

  private constructor(path: string, child: ChildProcess) {
    this.#path = path;
    this.#child = child;
    child.stderr?.setEncoding("utf8").on("data", (words: string) => {
      this.#words += words;
    });
  }

  /** Only what comes in from the interface's other side, which is ours; each frame is written at once. */
  static async start(path: string): Promise<Tcpdump> {
    const file = openSync(path, "w");
    // As another user it would no longer be tied.
    const words = ["-Z", "root", "-i", INTERFACE, "-Q", "in", "-n", "-s", "2048", "-B", "65536"];
    const line = [...TIED, "tcpdump", ...words, "--immediate-mode", "-U", "-w", "-"];
    const child = spawn("setpriv", line, {
      stdio: ["ignore", file, "pipe"],
    });
    closeSync(file);
    const tcpdump = new Tcpdump(path, child);
    while (!tcpdump.#words.includes("listening on")) {
      if (child.exitCode !== null) throw new Error(`tcpdump: ${tcpdump.#words}`);
      await setTimeout(5);
    }
    return tcpdump;
  }

  over(solo5: Solo5): Solo5 {
    return solo5;
  }

  async finish(count: number): Promise<void> {
    while (countPcap(readFileSync(this.#path)) < count) {
      if (this.#child.exitCode !== null) throw new Error(`tcpdump: ${this.#words}`);
      await setTimeout(5);
    }
    const ended = once(this.#child, "close");
    this.#child.kill("SIGINT");
    await ended;
    if (!this.#words.includes("\n0 packets dropped by kernel")) throw new Error(this.#words);
  }
}
