// What the cases are made of: a world with one link in it.
import { AGAIN, ETHERNET_HEADER_SIZE, type ReadySet, type Solo5 } from "@miou-solo5/scheduler";
import { claim, claimBytes } from "@miou-solo5/scheduler/testing";

/** A world under test, with two network devices that are the two ends of one link. */
export interface NetWorld {
  readonly solo5: Solo5;
  /** The program's names of both: what is written to one arrives at the other, whole and in order. */
  readonly names: readonly [string, string];
  /** Payload bytes of a frame on that link; at least 256. */
  readonly mtu: number;
  /** Lets `duration` nanoseconds of the world's time pass without blocking: a wait under way may wake. */
  pass(duration: number): void | Promise<void>;
  close(): void | Promise<void>;
}

export interface NetCase {
  readonly name: string;
  /** Rejects with an error that says what the world did and should have done. */
  run(make: () => NetWorld | Promise<NetWorld>): Promise<void>;
}

/** How long a frame may take from one end to the other: a whole second, on a machine that is busy. */
const PATIENCE_NS = 1_000_000_000;
const PASS_NS = 1_000_000;
const NO_DEVICE: ReadySet = new Uint32Array(2);

export function netCase(name: string, body: (link: Link) => void | Promise<void>): NetCase {
  return {
    name,
    run: async (make) => {
      const world = await make();
      try {
        await body(new Link(world));
      } finally {
        await world.close();
      }
    },
  };
}

/** One end of the link, acquired. */
export interface End {
  readonly name: string;
  readonly handle: number;
  readonly mac: Uint8Array;
  readonly mtu: number;
  readonly frameSizeMax: number;
}

export class Link {
  readonly world: NetWorld;
  readonly solo5: Solo5;

  constructor(world: NetWorld) {
    this.world = world;
    this.solo5 = world.solo5;
  }

  acquire(name: string): End {
    const { handle, mac, mtu } = this.solo5.netAcquire(name);
    return { name, handle, mac, mtu, frameSizeMax: mtu + ETHERNET_HEADER_SIZE };
  }

  /** Both ends, acquired. */
  ends(): [End, End] {
    return [this.acquire(this.world.names[0]), this.acquire(this.world.names[1])];
  }

  send(end: End, bytes: Uint8Array): void {
    this.solo5.netWrite(end.handle, bytes, 0, bytes.length);
  }

  /** Waits for input, blocking. */
  await(end: End): void {
    const deadline = this.solo5.clockMonotonic() + PATIENCE_NS;
    const ready = new Uint32Array(2);
    this.solo5.yield(deadline, ready, setOf(end));
    claim(`there is input on ${end.name} within a second`, has(ready, end), true);
  }

  /** The next frame, waiting for it. */
  receive(end: End): Uint8Array {
    const into = new Uint8Array(end.frameSizeMax);
    for (;;) {
      const size = this.solo5.netRead(end.handle, into, 0, into.length);
      if (size !== AGAIN) return into.slice(0, size);
      this.await(end);
    }
  }

  /** Nothing has arrived that was sent before: a frame sent now is the first to come. */
  claimNothing(what: string, from: End, to: End): void {
    const marker = frame(77, 99);
    this.send(from, marker);
    claimBytes(what, this.receive(to), marker);
  }

  /** Lets time pass until `isTrue`, or for two seconds. */
  async passUntil(isTrue: () => boolean): Promise<void> {
    for (let count = 0; count < 2000 && !isTrue(); count++) await this.world.pass(PASS_NS);
  }
}

/** A broadcast frame of `size` bytes whose content follows from `seed`, of a type that no kernel takes for itself. */
export function frame(size: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = seed * 31 + i * 7 + (i >> 8);
  bytes.set([255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 1, 0x88, 0xb5].slice(0, size));
  return bytes;
}

/** A ready set with nothing but `end`. */
export function setOf(end: End): ReadySet {
  const set = NO_DEVICE.slice();
  set[end.handle >> 5] = 1 << (end.handle & 31);
  return set;
}

export function has(set: ReadySet, end: End): boolean {
  return (((set[end.handle >> 5] ?? 0) >>> (end.handle & 31)) & 1) === 1;
}

/** The bits of a ready set, as text. */
export function bitsOf(set: ReadySet): string {
  return `${(set[0] ?? 0).toString(16)} ${(set[1] ?? 0).toString(16)}`;
}
