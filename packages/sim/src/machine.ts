// A machine of a simulated world: its devices, its console, and the `Solo5` that its programs see.
import {
  AGAIN,
  type BlockInfo,
  type Device,
  type DeviceValues,
  HANDLE_MAX,
  type NetInfo,
  type Operation,
  type ReadySet,
  type Run,
  type RunOptions,
  type Solo5,
  start,
  type Wait,
} from "@miou-solo5/scheduler";
import { Disk, type DiskOptions } from "./disk.ts";
import { SimError } from "./errors.ts";
import { NetPort, type NetPortOptions } from "./net-port.ts";
import { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";

export interface MachineOptions {
  /** The command line of its programs. */
  readonly arguments?: readonly string[];
  /** Hears what is written to the console, as it comes; else see `console`. */
  readonly onConsole?: (bytes: Uint8Array) => void;
}

/** 2026-01-01 00:00:00 UTC: when every simulated world begins. */
const EPOCH_NS = 1_767_225_600_000_000_000n;
const ALL_DEVICES: ReadySet = Uint32Array.of(0xffff_ffff, 0xffff_ffff);
const DEVICE_NAME = /^[0-9A-Za-z]{1,67}$/;

type Attached =
  | { readonly kind: "net"; readonly port: NetPort }
  | {
      readonly kind: "block";
      readonly disk: Disk;
    };

export class Machine {
  readonly name: string;
  /** The world as this machine's programs see it. */
  readonly solo5: Solo5;
  /** The status of the program that called `exit`; null before. */
  status: number | null = null;
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #devices = new Map<string, Attached>();
  readonly #handles: (Attached | null)[] = new Array(HANDLE_MAX + 1).fill(null);
  readonly #runs = new Set<Run<unknown>>();
  readonly #console: Uint8Array[] = [];
  readonly #onConsole: (bytes: Uint8Array) => void;
  #wait: { readonly wake: () => void; cancel: () => void } | null = null;

  /** Use `World.machine`. */
  constructor(name: string, timeline: Timeline, seed: number, options: MachineOptions) {
    this.name = name;
    this.#timeline = timeline;
    this.#random = new Random(seed);
    this.#onConsole = options.onConsole ?? ((bytes) => this.#console.push(bytes));
    this.solo5 = this.#makeSolo5(options.arguments ?? []);
  }

  /** Adds a network device. `World.wire` connects it with another. */
  net(name: string, options: NetPortOptions = {}): NetPort {
    this.#checkName(name);
    const port = new NetPort(name, options.mac ?? this.#randomMac(), options);
    port.onInput = () => this.#wakeForInput();
    this.#devices.set(name, { kind: "net", port });
    return port;
  }

  /** Adds a block device. A `Disk` that is given is used as it is, with all it holds. */
  disk(name: string, disk: Disk | DiskOptions): Disk {
    this.#checkName(name);
    const attached = disk instanceof Disk ? disk : new Disk(disk);
    this.#devices.set(name, { kind: "block", disk: attached });
    return attached;
  }

  /** Starts a program. It runs when the world does. */
  start<const D extends readonly Device<unknown>[], T>(
    devices: D,
    main: (...values: DeviceValues<D>) => Operation<T>,
    options: Omit<RunOptions, "solo5"> = {},
  ): Run<T> {
    const run = start(devices, main, { ...options, solo5: this.solo5 });
    this.#runs.add(run);
    const forget = () => void this.#runs.delete(run);
    run.result.then(forget, forget);
    return run;
  }

  /** Cancels what runs. It ends when the world goes on. */
  stop(): void {
    for (const run of this.#runs) run.cancel();
  }

  /** What the machine's programs wrote to the console, one byte a character. */
  get console(): string {
    return this.#console.map((bytes) => String.fromCharCode(...bytes)).join("");
  }

  #makeSolo5(programArguments: readonly string[]): Solo5 {
    const timeline = this.#timeline;
    return {
      arguments: programArguments,
      virtualTime: true,
      clockMonotonic: () => timeline.now,
      clockWall: () => EPOCH_NS + BigInt(Math.floor(timeline.now)),
      entropy: (into) => this.#random.fill(into),
      netAcquire: (name) => this.#netAcquire(name),
      netRead: (handle, into, offset, size) => this.#netRead(handle, into, offset, size),
      netWrite: (handle, from, offset, size) =>
        // The wire keeps the frame, the program its buffer.
        this.#port(handle).transmit(Uint8Array.prototype.slice.call(from, offset, offset + size)),
      netRelease: (handle) => {
        this.#port(handle);
        this.#handles[handle] = null;
      },
      netCounters: (handle) => this.#port(handle).counters,
      blockAcquire: (name) => this.#blockAcquire(name),
      blockRead: (handle, position, into, offset) =>
        this.#diskFor(handle, position).read(position, into, offset),
      blockWrite: (handle, position, from, offset) => {
        const disk = this.#diskFor(handle, position);
        if (disk.readOnly) throw new SimError("ERR_SOLO5_READ_ONLY", "the disk is read-only");
        disk.write(position, from, offset);
      },
      blockRelease: (handle) => {
        this.#diskFor(handle, 0);
        this.#handles[handle] = null;
      },
      blockFlush: (handle, done) => {
        this.#diskFor(handle, 0);
        timeline.plan(timeline.now, () => done(null));
      },
      blockFlushNow: (handle) => void this.#diskFor(handle, 0),
      yield: (deadline, ready, interest = ALL_DEVICES) => this.#yield(deadline, ready, interest),
      wait: (deadline, wake, interest = ALL_DEVICES) =>
        this.#beginWait(deadline, wake, interest.slice()),
      consoleWrite: (bytes) => this.#onConsole(bytes.slice()),
      exit: (status) => {
        this.status = status;
        this.stop();
      },
    };
  }

  #netAcquire(name: string): NetInfo {
    const { attached, handle } = this.#acquire(name, "net");
    if (attached.kind !== "net") throw noDevice(this.name, name, "network");
    const { mac, mtu } = attached.port;
    return { handle, mac: mac.slice(), mtu };
  }

  #blockAcquire(name: string): BlockInfo {
    const { attached, handle } = this.#acquire(name, "block");
    if (attached.kind !== "block") throw noDevice(this.name, name, "block");
    const { capacity, blockSize, readOnly } = attached.disk;
    return { handle, capacity, blockSize, readOnly };
  }

  #acquire(name: string, kind: "net" | "block"): { attached: Attached; handle: number } {
    const attached = this.#devices.get(name);
    if (attached?.kind !== kind) {
      throw noDevice(this.name, name, kind === "net" ? "network" : "block");
    }
    if (this.#handles.includes(attached)) {
      throw new SimError("ERR_SOLO5_BUSY", `device "${name}" of ${this.name} is acquired already`);
    }
    const handle = this.#handles.indexOf(null, 1);
    if (handle === -1) {
      throw new SimError(
        "ERR_SOLO5_BUSY",
        `${this.name} has no handle left (${HANDLE_MAX} in use)`,
      );
    }
    this.#handles[handle] = attached;
    return { attached, handle };
  }

  #netRead(handle: number, into: Uint8Array, offset: number, size: number): number {
    const port = this.#port(handle);
    if (size < port.frameSizeMax || offset < 0 || offset + size > into.length) {
      throw new SimError(
        "ERR_SOLO5_OUT_OF_RANGE",
        `netRead needs ${port.frameSizeMax} bytes of room, got ${size} at ${offset} of ${into.length}`,
      );
    }
    const frame = port.take();
    if (frame === undefined) return AGAIN;
    into.set(frame, offset);
    return frame.length;
  }

  #port(handle: number): NetPort {
    const attached = this.#handles[handle];
    if (attached?.kind === "net") return attached.port;
    throw badHandle(handle, "network");
  }

  #diskFor(handle: number, position: number): Disk {
    const attached = this.#handles[handle];
    if (attached?.kind !== "block") throw badHandle(handle, "block");
    const { disk } = attached;
    if (position % disk.blockSize !== 0 || position < 0 || position >= disk.capacity) {
      throw new SimError(
        "ERR_SOLO5_OUT_OF_RANGE",
        `no block of ${disk.blockSize} bytes begins at ${position} of ${disk.capacity}`,
      );
    }
    return disk;
  }

  /** Sets in `ready` the devices of `interest` with input. */
  #poll(ready: ReadySet, interest: ReadySet): boolean {
    let word0 = 0;
    let word1 = 0;
    for (let handle = 1; handle <= HANDLE_MAX; handle++) {
      const attached = this.#handles[handle];
      if (attached?.kind !== "net" || !attached.port.hasInput) continue;
      if (handle < 32) word0 |= 1 << handle;
      else word1 |= 1 << (handle - 32);
    }
    ready[0] = word0 & (interest[0] ?? 0);
    ready[1] = word1 & (interest[1] ?? 0);
    return ready[0] !== 0 || ready[1] !== 0;
  }

  #yield(deadline: number, ready: ReadySet, interest: ReadySet): void {
    const timeline = this.#timeline;
    while (!this.#poll(ready, interest) && timeline.now < deadline) {
      if (timeline.step(deadline)) continue;
      if (deadline === Infinity) {
        throw new SimError(
          "ERR_SOLO5_STALLED",
          `${this.name} waits for input at ${timeline.now} ns, and nothing is going to happen any more`,
        );
      }
      timeline.skipTo(deadline);
    }
  }

  #beginWait(deadline: number, wake: () => void, interest: ReadySet): Wait {
    if (this.#wait !== null) {
      throw new SimError("ERR_SOLO5_BUSY", `${this.name} waits already: one wait at a time`);
    }
    const timeline = this.#timeline;
    const end = () => {
      this.#wait = null;
      wake();
    };
    const ready = new Uint32Array(2);
    let due = this.#poll(ready, interest) ? timeline.now : deadline;
    let entry = due === Infinity ? null : timeline.plan(due, end);
    const wait = {
      // Input has come: the wait ends now, in its turn.
      wake: () => {
        if (due <= timeline.now || !this.#poll(ready, interest)) return;
        due = timeline.now;
        if (entry !== null) timeline.cancel(entry);
        entry = timeline.plan(due, end);
      },
      cancel: () => {
        if (this.#wait !== wait) return;
        this.#wait = null;
        if (entry !== null) timeline.cancel(entry);
      },
    };
    this.#wait = wait;
    return wait;
  }

  #wakeForInput(): void {
    this.#wait?.wake();
  }

  #checkName(name: string): void {
    if (!DEVICE_NAME.test(name)) {
      throw new SimError(
        "ERR_SOLO5_INVALID_ARGUMENT",
        `a device name is 1 to 67 letters and digits, got "${name}"`,
      );
    }
    if (this.#devices.has(name)) {
      throw new SimError(
        "ERR_SOLO5_INVALID_ARGUMENT",
        `${this.name} has a device "${name}" already`,
      );
    }
  }

  #randomMac(): Uint8Array {
    const mac = new Uint8Array(6);
    this.#random.fill(mac);
    // Locally administered, and no group address.
    mac[0] = ((mac[0] ?? 0) & 0xfc) | 0x02;
    return mac;
  }
}

function noDevice(machine: string, name: string, kind: string): SimError {
  return new SimError("ERR_SOLO5_NO_DEVICE", `${machine} has no ${kind} device "${name}"`);
}

function badHandle(handle: number, kind: string): SimError {
  return new SimError("ERR_SOLO5_BAD_HANDLE", `${handle} is no acquired ${kind} device`);
}
