// The Linux host: devices attached, and the Solo5 interface over them.
import { isMainThread } from "node:worker_threads";
import type {
  BlockInfo,
  FrameBatch,
  NetCounters,
  NetInfo,
  ReadySet,
  Solo5,
  Wait,
} from "@miou-solo5/scheduler";
import { type Addon, addon } from "./addon.ts";
import { BindingsError, shown, wrongArgument } from "./errors.ts";
import { regarding } from "./faults.ts";
import { localMac } from "./mac.ts";
import { type BlockPlan, type HostOptions, type NetPlan, plan } from "./options.ts";
import { Waiting } from "./wait.ts";

/** What the kernel says of a network device's interface. */
export interface InterfaceState {
  /** The interface's name now; it may have been renamed since it was attached. */
  readonly interface: string;
  /** Whether it is administratively up. Where it is not, reads wait and writes are dropped. */
  readonly up: boolean;
  /** Payload bytes of a frame, the Ethernet header not counted. */
  readonly mtu: number;
}

/** A world on Linux: TAP interfaces, files and block devices. */
export interface Host extends Solo5, Disposable {
  /** The state of the interface behind a network device, acquired or not. */
  interfaceState(name: string): InterfaceState;
  /** Releases and detaches every device. A wait under way is woken. Idempotent. */
  close(): void;
}

const BATCH_MAX = 64;
const MAC_SIZE = 6;
const EVERY_DEVICE: ReadySet = Uint32Array.of(0xffff_ffff, 0xffff_ffff);

// How long a blocked `yield` in a worker goes without looking whether the worker is being
// terminated.
const WORKER_ROUND_NS = 100_000_000;

/**
 * Attaches devices and gives the world that a program runs in.
 *
 * Attaching needs no root where the TAP belongs to the user, never makes an interface, and turns
 * its offloads off. An interface that is down is attached all the same: see `interfaceState`. An
 * inherited descriptor belongs to the host from then on.
 * @throws {BindingsError} with every fault in `errors`, after all that had been attached has been
 * detached. `code` is that of the fault if there is one, ERR_SOLO5_ATTACH if there are several:
 * ERR_SOLO5_INVALID_ARGUMENT, ERR_SOLO5_NO_INTERFACE, ERR_SOLO5_NOT_A_TAP, ERR_SOLO5_BUSY,
 * ERR_SOLO5_NO_PERMISSION, ERR_SOLO5_NO_TUN, ERR_SOLO5_NO_FILE, ERR_SOLO5_BAD_FILE, ERR_SOLO5_IO.
 * ERR_SOLO5_NO_ADDON or ERR_SOLO5_UNSUPPORTED where this machine has no addon.
 * @see solo5-hvt(1), and Linux Documentation/networking/tuntap.rst
 */
export function host(options: HostOptions = {}): Host {
  const planned = plan(options);
  const native = addon();
  const id = native.hostOpen();
  const net = new Map<string, NetDevice>();
  const block = new Map<string, BlockDevice>();
  const faults: BindingsError[] = [];
  for (const device of planned) {
    try {
      if (device instanceof BindingsError) throw device;
      if (device.kind === "net") net.set(device.name, attachNet(native, id, device));
      else block.set(device.name, attachBlock(native, id, device));
    } catch (error) {
      if (!(error instanceof BindingsError)) throw error;
      faults.push(error);
    }
  }
  if (faults.length > 0) {
    native.hostClose(id);
    throw attachError(faults);
  }
  native.hostCommit(id);
  return new LinuxHost(native, id, net, block, options);
}

interface NetDevice {
  readonly index: number;
  readonly mac: Uint8Array;
}

interface BlockDevice extends BlockPlan {
  readonly index: number;
}

function attachNet(native: Addon, id: number, { name, from, mac }: NetPlan): NetDevice {
  const about = { title: `net device ${name}`, device: name };
  const index =
    "fd" in from
      ? regarding(about, () => native.adoptTap(id, name, from.fd))
      : regarding({ ...about, interface: from.tap }, () => native.attachTap(id, name, from.tap));
  return { index, mac: mac ?? randomMac(native, id) };
}

function attachBlock(native: Addon, id: number, device: BlockPlan): BlockDevice {
  const { name, path, blockSize, readOnly } = device;
  const index = regarding({ title: `block device ${name}`, device: name, path }, () =>
    native.attachFile(id, name, path, blockSize, readOnly),
  );
  return { ...device, index };
}

function randomMac(native: Addon, id: number): Uint8Array {
  const bytes = new Uint8Array(MAC_SIZE);
  native.entropy(id, bytes);
  return localMac(bytes);
}

function attachError(faults: readonly BindingsError[]): BindingsError {
  const [first] = faults as [BindingsError];
  if (faults.length === 1) {
    const { code, message, device, errno, syscall } = first;
    return new BindingsError(code, message, { device, errno, syscall, errors: faults });
  }
  const lines = faults.map((fault) => `\n  ${fault.message}`).join("");
  return new BindingsError(
    "ERR_SOLO5_ATTACH",
    `${faults.length} devices can't be attached:${lines}`,
    { errors: faults },
  );
}

// A host that is forgotten without being closed would keep its interfaces busy until the process
// ends.
const forgotten = new FinalizationRegistry<{ native: Addon; id: number }>(({ native, id }) =>
  native.hostClose(id),
);

function checkInterest(interest: ReadySet): void {
  if (interest instanceof Uint32Array && interest.length >= 2) return;
  throw wrongArgument("interest must be a Uint32Array of two words", interest);
}

class LinuxHost implements Host {
  readonly arguments: readonly string[];
  readonly #native: Addon;
  readonly #id: number;
  readonly #net: ReadonlyMap<string, NetDevice>;
  readonly #block: ReadonlyMap<string, BlockDevice>;
  readonly #waiting: Waiting;
  readonly #slots = new Map<number, FrameBatch>();
  readonly #console: ((bytes: Uint8Array) => void) | undefined;
  readonly #exit: (status: number) => void;
  #closed = false;

  constructor(
    native: Addon,
    id: number,
    net: ReadonlyMap<string, NetDevice>,
    block: ReadonlyMap<string, BlockDevice>,
    options: HostOptions,
  ) {
    this.#native = native;
    this.#id = id;
    this.#net = net;
    this.#block = block;
    this.#waiting = new Waiting(native, id);
    this.#console = options.console;
    this.#exit = options.exit ?? ((status) => process.exit(status));
    this.arguments = Object.freeze([...(options.arguments ?? [])]);
    forgotten.register(this, { native, id }, this);
  }

  clockMonotonic(): number {
    return this.#native.clockMonotonic();
  }

  clockWall(): bigint {
    return this.#native.clockWall();
  }

  entropy(into: Uint8Array): void {
    this.#native.entropy(this.#id, into);
  }

  netAcquire(name: string): NetInfo {
    const { index, mac } = this.#attached("net", this.#net, name);
    const handle = regarding({ title: `net device ${name}`, device: name }, () =>
      this.#native.netAcquire(this.#id, index),
    );
    return { handle, mac: mac.slice(), mtu: this.#native.netMtu(this.#id, handle) };
  }

  netRead(handle: number, into: Uint8Array, offset: number, size: number): number {
    return this.#native.netRead(this.#id, handle, into, offset, size);
  }

  netWrite(handle: number, from: Uint8Array, offset: number, size: number): void {
    this.#native.netWrite(this.#id, handle, from, offset, size);
  }

  netRelease(handle: number): void {
    this.#native.netRelease(this.#id, handle);
    this.#slots.delete(handle);
  }

  netReadBatch(handle: number): number {
    return this.#native.netReadBatch(this.#id, handle);
  }

  netReadSlots(handle: number): FrameBatch {
    const known = this.#slots.get(handle);
    if (known !== undefined) return known;
    const slotSize = this.#native.netSlotSize(this.#id, handle);
    const buffer = this.#native.netReadSlots(this.#id, handle);
    const slots = {
      bytes: new Uint8Array(buffer, 0, BATCH_MAX * slotSize),
      slotSize,
      sizes: new Int32Array(buffer, BATCH_MAX * slotSize, BATCH_MAX),
    };
    this.#slots.set(handle, slots);
    return slots;
  }

  netWriteBatch(handle: number, batch: FrameBatch, count: number): void {
    if (typeof batch !== "object" || batch === null) {
      throw wrongArgument("a batch has bytes, slotSize and sizes", batch);
    }
    const { bytes, slotSize, sizes } = batch;
    this.#native.netWriteBatch(this.#id, handle, bytes, slotSize, sizes, count);
  }

  netCounters(handle: number): NetCounters {
    const [receiveDropped, receiveOversized, sendDropped] = this.#native.netCounters(
      this.#id,
      handle,
    );
    return { receiveDropped, receiveOversized, sendDropped };
  }

  interfaceState(name: string): InterfaceState {
    const { index } = this.#attached("net", this.#net, name);
    const [found, up, mtu] = regarding({ title: `net device ${name}`, device: name }, () =>
      this.#native.interfaceState(this.#id, index),
    );
    return { interface: found, up, mtu };
  }

  blockAcquire(name: string): BlockInfo {
    const { index, blockSize, readOnly } = this.#attached("block", this.#block, name);
    const handle = regarding({ title: `block device ${name}`, device: name }, () =>
      this.#native.blockAcquire(this.#id, index),
    );
    const capacity = this.#native.blockCapacity(this.#id, handle);
    return { handle, capacity, blockSize, readOnly };
  }

  blockRead(handle: number, position: number, into: Uint8Array, offset: number): void {
    this.#native.blockRead(this.#id, handle, position, into, offset);
  }

  blockWrite(handle: number, position: number, from: Uint8Array, offset: number): void {
    this.#native.blockWrite(this.#id, handle, position, from, offset);
  }

  blockFlush(handle: number, done: (error: Error | null) => void): void {
    this.#native.blockFlush(this.#id, handle, done);
  }

  blockFlushNow(handle: number): void {
    this.#native.blockFlushNow(this.#id, handle);
  }

  blockRelease(handle: number): void {
    this.#native.blockRelease(this.#id, handle);
  }

  yield(deadline: number, ready: ReadySet, interest: ReadySet = EVERY_DEVICE): void {
    checkInterest(interest);
    const low = interest[0] as number;
    const high = interest[1] as number;
    if (isMainThread) {
      this.#native.yieldUntil(this.#id, deadline, ready, low, high);
      return;
    }
    // `worker.terminate()` can't reach a thread inside a system call, but ends this loop between
    // two.
    for (;;) {
      const round = Math.min(deadline, this.#native.clockMonotonic() + WORKER_ROUND_NS);
      const count = this.#native.yieldUntil(this.#id, round, ready, low, high);
      if (count > 0 || round === deadline || Number.isNaN(deadline)) return;
    }
  }

  wait(deadline: number, wake: () => void, interest: ReadySet = EVERY_DEVICE): Wait {
    checkInterest(interest);
    return this.#waiting.begin(deadline, interest, wake, this);
  }

  consoleWrite(bytes: Uint8Array): void {
    if (!(bytes instanceof Uint8Array)) throw wrongArgument("bytes must be a Uint8Array", bytes);
    if (this.#console === undefined) this.#native.consoleWrite(this.#id, bytes);
    else this.#console(bytes);
  }

  exit(status: number): void {
    if (!Number.isInteger(status) || status < 0 || status > 255) {
      throw wrongArgument("a status must be a whole number from 0 to 255", status);
    }
    this.close();
    this.#exit(status);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    forgotten.unregister(this);
    this.#waiting.close();
    this.#slots.clear();
    this.#native.hostClose(this.#id);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #attached<T>(kind: string, devices: ReadonlyMap<string, T>, name: string): T {
    if (this.#closed) throw new BindingsError("ERR_SOLO5_CLOSED", "the host was closed");
    const device = devices.get(name);
    if (device !== undefined) return device;
    const names = [...devices.keys()].join(", ");
    throw new BindingsError(
      "ERR_SOLO5_NO_DEVICE",
      `no ${kind} device is attached as ${shown(name)}; ` +
        (names === "" ? "there is none at all" : `attached are: ${names}`),
      { device: typeof name === "string" ? name : undefined },
    );
  }
}
