// A network device: raw Ethernet frames, one a read, one a write.
import { blitFromString } from "@miou-solo5/bigstring";
import {
  closeAtEnd,
  type Device,
  ETHERNET_HEADER_SIZE,
  type FrameBatch,
  type Operation,
  type Solo5,
  type Suspended,
  world,
} from "@miou-solo5/scheduler";
import { active, InputQueue } from "@miou-solo5/scheduler/devices";
import { NetError } from "./errors.ts";
import { checkBatch, createBatch } from "./frame-batch.ts";
import { checkFrameSize, checkName, checkRange } from "./range.ts";
import { ReadBatch, ReadBytes, ReadInto, type Receiver } from "./read.ts";
import { ReceiveBuffer } from "./receive-buffer.ts";
import { createStatistics, type NetStatistics } from "./statistics.ts";

/**
 * A network device as a run's list names it: acquired before main, closed after it.
 *
 * @throws {NetError} ERR_SOLO5_INVALID_ARGUMENT where `name` is not 1 to 67 letters and digits
 */
export function net(name: string): Device<Net> {
  checkName(name);
  return {
    names: [{ name, type: "NET_BASIC" }],
    acquire: () => acquire(name),
  };
}

function* acquire(name: string): Generator<Suspended, Net, void> {
  const device = connect(name);
  closeAtEnd(() => device.close());
  return device;
}

/**
 * Acquires a device outside a run's list. The caller closes it.
 *
 * @throws {NetError} ERR_SOLO5_INVALID_ARGUMENT; and what the world throws: ERR_SOLO5_NO_DEVICE,
 * ERR_SOLO5_BUSY
 * @see miou_solo5 Net.connect
 */
export function connect(name: string, solo5: Solo5 = world()): Net {
  checkName(name);
  const { handle, mac, mtu } = solo5.netAcquire(name);
  try {
    return new Net(name, solo5, handle, mac, mtu);
  } catch (error) {
    solo5.netRelease(handle);
    throw error;
  }
}

export class Net implements Disposable {
  readonly name: string;
  /** The device's hardware address: 6 bytes. */
  readonly mac: Uint8Array;
  /** Payload bytes of a frame, the Ethernet header not counted. */
  readonly mtu: number;
  /** Bytes of the longest frame: `mtu` + 14. */
  readonly frameSizeMax: number;
  readonly #solo5: Solo5;
  readonly #handle: number;
  readonly #received: ReceiveBuffer;
  readonly #receiver: Receiver;
  readonly #counts = createStatistics();
  readonly #takeInto: (into: Uint8Array, offset: number, size: number) => number;
  readonly #readBytes: ReadBytes;
  readonly #readBatch: ReadBatch;
  #text: Uint8Array | null = null;
  #isClosed = false;

  /** Use `net` or `connect`. */
  constructor(name: string, solo5: Solo5, handle: number, mac: Uint8Array, mtu: number) {
    this.name = name;
    this.mac = mac;
    this.mtu = mtu;
    this.frameSizeMax = mtu + ETHERNET_HEADER_SIZE;
    this.#solo5 = solo5;
    this.#handle = handle;
    this.#received = new ReceiveBuffer(solo5, handle, this.frameSizeMax);
    this.#receiver = {
      name,
      input: new InputQueue(handle),
      requireUsable: () => this.#requireUsable(),
    };
    this.#takeInto = (into, offset, size) => {
      // Again, because it may have been given away or shrunk since the read was made.
      checkRange(name, "read", into, offset, size);
      const frameSize = this.#received.take(into, offset, size);
      if (frameSize > 0) this.#countReceived(frameSize);
      return frameSize;
    };
    this.#readBytes = new ReadBytes(this.#receiver, () => {
      const frame = this.#received.takeBytes();
      if (frame !== null) this.#countReceived(frame.length);
      return frame;
    });
    this.#readBatch = new ReadBatch(this.#receiver, () => this.#takeBatch());
  }

  /**
   * Reads one frame, whole, into `buffer` and gives its bytes.
   *
   * Shape: `size` (default: the rest of the buffer) is at least `frameSizeMax`; `offset` and `size` in bytes.
   * Suspends: only when no frame is waiting. Frames go to readers in the order in which these came. Cancelled,
   * no frame is lost, and `buffer` keeps its bytes. The buffer may be used again once this returns.
   * Make it once outside a hot loop and yield it there again: then a frame costs no allocation.
   * @throws {NetError} when called, and checked in this order: ERR_SOLO5_CLOSED, ERR_SOLO5_INVALID_ARGUMENT,
   * ERR_SOLO5_OUT_OF_RANGE, ERR_SOLO5_BUFFER_TOO_SMALL; from the operation: ERR_SOLO5_CLOSED,
   * ERR_SOLO5_WRONG_WORLD, and the world's ERR_SOLO5_DEVICE_GONE
   * @see solo5.h solo5_net_read; miou_solo5 Net.read_bigstring
   */
  read(buffer: Uint8Array, offset = 0, size?: number): Operation<number> {
    this.#requireOpen();
    const room = checkRange(this.name, "read", buffer, offset, size);
    if (room < this.frameSizeMax) {
      throw new NetError(
        "ERR_SOLO5_BUFFER_TOO_SMALL",
        this.name,
        `read needs room for the longest frame, ${this.frameSizeMax} bytes (frameSizeMax), got ${room} bytes`,
      );
    }
    return new ReadInto(this.#receiver, this.#takeInto, buffer, offset, room);
  }

  /**
   * Reads one frame into a fresh array of exactly its bytes.
   *
   * Suspends: as `read`.
   * @throws {NetError} ERR_SOLO5_CLOSED; as the operation of `read`
   * @see miou_solo5 Net.read_bytes, which joins frames
   */
  readBytes(): Operation<Uint8Array> {
    this.#requireOpen();
    return this.#readBytes;
  }

  /**
   * Takes all frames that have come, at most 64, and gives how many: they stand in the slots of `received`, the first in
   * slot 0, with no copy made.
   *
   * Suspends: as `read`; a task that always finds frames should give others a turn between two batches.
   * @throws {NetError} ERR_SOLO5_CLOSED; as the operation of `read`
   */
  readBatch(): Operation<number> {
    this.#requireOpen();
    return this.#readBatch;
  }

  /**
   * The slots that `readBatch` fills, always the same. A frame stands there only until anybody reads this device
   * again: whoever suspends first copies it.
   */
  get received(): FrameBatch {
    return this.#received.slots;
  }

  /**
   * Sends `size` bytes from `offset` on as one frame, in one call of the world. Never suspends. A frame that
   * the link can't take (interface down, queue full) is lost, as on a wire, and the world counts it.
   *
   * Shape: `size` (default: the rest of the buffer) from 14 to `frameSizeMax` bytes, header included. The buffer
   * may be used again at once.
   * @throws {NetError} in this order: ERR_SOLO5_CLOSED, ERR_SOLO5_INVALID_ARGUMENT, ERR_SOLO5_OUT_OF_RANGE,
   * ERR_SOLO5_FRAME_SIZE; then the world's ERR_SOLO5_DEVICE_GONE
   * @see solo5.h solo5_net_write; miou_solo5 Net.write_bigstring
   */
  write(buffer: Uint8Array, offset = 0, size?: number): void {
    this.#requireOpen();
    const frameSize = checkRange(this.name, "write", buffer, offset, size);
    checkFrameSize(this.name, "write", frameSize, this.frameSizeMax);
    this.#solo5.netWrite(this.#handle, buffer, offset, frameSize);
    this.#countSent(1, frameSize);
  }

  /**
   * Sends a string as one frame, one byte a code unit.
   *
   * @throws {NetError} as `write`; bigstring's ERR_SOLO5_NOT_LATIN1 for a code unit above 255
   * @see miou_solo5 Net.write_string, which cuts and yields
   */
  writeString(text: string): void {
    this.#requireOpen();
    checkFrameSize(this.name, "writeString", text.length, this.frameSizeMax);
    this.#text ??= new Uint8Array(this.frameSizeMax);
    blitFromString(text, 0, this.#text, 0, text.length);
    this.write(this.#text, 0, text.length);
  }

  /** Slots for `count` frames of this device, to fill and give to `writeBatch` again and again. */
  createBatch(count = 64): FrameBatch {
    return createBatch(this.name, this.frameSizeMax, count);
  }

  /**
   * Sends the frames in slots 0 to `count` - 1 in order, in one call where the world can: the only
   * write that batches.
   *
   * Shape: each `batch.sizes[i]` from 14 to `frameSizeMax`; all are checked before the first frame leaves.
   * @throws {NetError} as `write`
   */
  writeBatch(batch: FrameBatch, count: number = batch.sizes.length): void {
    this.#requireOpen();
    const bytes = checkBatch(this.name, this.frameSizeMax, batch, count);
    if (count === 0) return;
    if (this.#solo5.netWriteBatch !== undefined) {
      this.#solo5.netWriteBatch(this.#handle, batch, count);
      this.#countSent(count, bytes);
      return;
    }
    for (let i = 0; i < count; i++) {
      const size = batch.sizes[i] ?? 0;
      this.#solo5.netWrite(this.#handle, batch.bytes, i * batch.slotSize, size);
      this.#countSent(1, size);
    }
  }

  /**
   * Fills `into` (or a fresh object) with what this device has done since it was connected, and
   * with the world's own counts where it keeps them. Of a device that is closed or gone these are the last that
   * were known.
   */
  statistics(into: NetStatistics = createStatistics()): NetStatistics {
    if (!this.#isClosed) this.#readCounters();
    return Object.assign(into, this.#counts);
  }

  /** Releases the device. Pending reads fail with ERR_SOLO5_CLOSED. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    try {
      this.#readCounters();
    } finally {
      this.#isClosed = true;
      this.#receiver.input.wakeAll();
      this.#solo5.netRelease(this.#handle);
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #readCounters(): void {
    try {
      const counters = this.#solo5.netCounters?.(this.#handle);
      if (counters === undefined) return;
      this.#counts.receiveDropped = counters.receiveDropped;
      this.#counts.receiveOversized = counters.receiveOversized;
      this.#counts.sendDropped = counters.sendDropped;
    } catch (error) {
      // Nobody keeps the counts of a device that is gone: it can still be closed, and what was known holds.
      if ((error as { readonly code?: unknown } | null)?.code !== "ERR_SOLO5_DEVICE_GONE")
        throw error;
    }
  }

  #takeBatch(): number {
    const count = this.#received.takeBatch();
    const { sizes } = this.#received.slots;
    for (let i = 0; i < count; i++) this.#countReceived(sizes[i] ?? 0);
    return count;
  }

  #countReceived(frameSize: number): void {
    this.#counts.framesReceived++;
    this.#counts.bytesReceived += frameSize;
  }

  #countSent(frames: number, bytes: number): void {
    this.#counts.framesSent += frames;
    this.#counts.bytesSent += bytes;
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new NetError("ERR_SOLO5_CLOSED", this.name, "it is closed");
  }

  #requireUsable(): void {
    this.#requireOpen();
    if (active.engine?.solo5 === this.#solo5) return;
    throw new NetError(
      "ERR_SOLO5_WRONG_WORLD",
      this.name,
      "it belongs to another world than the running task; connect it in this run",
    );
  }
}
