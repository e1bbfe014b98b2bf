// The contract between programs and worlds: what Solo5 gives a unikernel, and nothing more.

/** `netRead` found no frame waiting. */
export const AGAIN = -1;

/** The greatest handle a world gives out; the smallest is 1. Both kinds of device share the range. */
export const HANDLE_MAX = 63;

/** The bytes of an Ethernet header: two addresses of 6 bytes and a type of 2. */
export const ETHERNET_HEADER_SIZE = 14;

/**
 * The network devices that have input, one bit a handle: handle `h` is bit `h & 31` of word
 * `h >> 5`.
 *
 * Shape: two words, always.
 */
export type ReadySet = Uint32Array;

/** What a world says of a network device when it is acquired. */
export interface NetInfo {
  /** Opaque; 1 to 63, not used for anything else before it is released. */
  readonly handle: number;
  /** The device's own hardware address: 6 bytes. */
  readonly mac: Uint8Array;
  /** Payload bytes of a frame; the 14 bytes of the Ethernet header are not counted. */
  readonly mtu: number;
}

/** What a world says of a block device when it is acquired. */
export interface BlockInfo {
  /** Opaque; 1 to 63, not used for anything else before it is released. */
  readonly handle: number;
  /** Bytes of the whole device, a multiple of `blockSize`. */
  readonly capacity: number;
  /** Bytes of one block, a power of two of at least 512. */
  readonly blockSize: number;
  /** True where every write would be refused. Absent means false. */
  readonly readOnly?: boolean;
}

/** A device that a program asks for, in the words of Solo5's manifest. */
export interface DeviceName {
  readonly name: string;
  readonly type: "NET_BASIC" | "BLOCK_BASIC";
}

/** A wait that `Solo5.wait` began. */
export interface Wait {
  /** Gives the wait up: `wake` will not be called any more. Idempotent; harmless after `wake`. */
  cancel(): void;
}

/**
 * Frames that move together: slot `i` is `bytes[i * slotSize]` onwards, its frame `sizes[i]` bytes.
 *
 * Shape: `bytes.length >= sizes.length * slotSize`. A batch that a world returned belongs to the
 * device until the next batch call on the same handle.
 */
export interface FrameBatch {
  readonly bytes: Uint8Array;
  /** Bytes from one slot to the next; room for any frame of the device. */
  readonly slotSize: number;
  readonly sizes: Int32Array;
}

/**
 * Counts of a network device's kernel side, where a world knows them. All are totals since the
 * interface was made.
 */
export interface NetCounters {
  /** Frames the kernel dropped before the world could read them (its queue was full). */
  readonly receiveDropped: number;
  /** Frames the world read and threw away because they were longer than a slot. */
  readonly receiveOversized: number;
  /** Frames written while the interface was down, or refused by the kernel. */
  readonly sendDropped: number;
}

/**
 * A world: the host, a simulation, a unikernel's tender.
 *
 * Every call that fails throws an error with a stable `code`; errors of the system under the world
 * carry `errno` (positive) and `syscall` besides. A device that is gone for good throws
 * `ERR_SOLO5_DEVICE_GONE` from every call, and counts as ready in a `ReadySet`. A handle that was
 * not acquired, or was released, or is of the other kind, throws `ERR_SOLO5_BAD_HANDLE`.
 *
 * @see solo5.h
 */
export interface Solo5 {
  /** The program's command line, without the program itself. */
  readonly arguments: readonly string[];

  /** Nanoseconds since an unspecified start; never goes back. */
  clockMonotonic(): number;

  /** Nanoseconds since 1970-01-01 UTC; may be set back or forth. */
  clockWall(): bigint;

  /** Fills `into` with unpredictable bytes (in a simulation: bytes that follow from the seed). */
  entropy(into: Uint8Array): void;

  /**
   * Gives the network device that was attached as `name`.
   *
   * @throws ERR_SOLO5_NO_DEVICE where none is attached under that name, ERR_SOLO5_BUSY where it is
   * acquired already; errors of the system beneath.
   */
  netAcquire(name: string): NetInfo;

  /**
   * Takes one frame, whole.
   *
   * Shape: `size` is at least the device's MTU + 14; `into` has that room from `offset`. Never waits.
   * Returns the frame's bytes (14 at the least), or `AGAIN`. The caller has checked the ranges; a world checks
   * them again only to keep memory safe.
   */
  netRead(handle: number, into: Uint8Array, offset: number, size: number): number;

  /**
   * Sends `size` bytes as one frame. Never waits; a frame that the link can't take (interface down,
   * queue full) is dropped and counted, as on a wire.
   */
  netWrite(handle: number, from: Uint8Array, offset: number, size: number): void;

  netRelease(handle: number): void;

  /** Gives the block device that was attached as `name`. Throws as `netAcquire` does. */
  blockAcquire(name: string): BlockInfo;

  /**
   * Reads exactly one block at `position` (bytes, a multiple of `blockSize`, inside the capacity).
   *
   * @throws ERR_SOLO5_IO with `errno`; `into` may then hold part of the block.
   */
  blockRead(handle: number, position: number, into: Uint8Array, offset: number): void;

  /** Writes exactly one block; see `blockRead`. Throws ERR_SOLO5_READ_ONLY on a read-only device. */
  blockWrite(handle: number, position: number, from: Uint8Array, offset: number): void;

  blockRelease(handle: number): void;

  /**
   * Blocks the thread until a network device has input or `deadline` has come, whichever is first.
   *
   * Shape: `deadline` in nanoseconds of `clockMonotonic`; a past one (0, say) polls, `Infinity`
   * waits for input only. `interest` names the devices whose input matters, all if absent: input
   * that nobody wants does not end the wait. Sets in `ready` exactly the devices of `interest`
   * with input, and clears all other bits.
   */
  yield(deadline: number, ready: ReadySet, interest?: ReadySet): void;

  /**
   * The same without blocking the thread: calls `wake` once, later, never before it has returned.
   * A past deadline gives the event loop's other work its turn first. Then `yield(0, ready)` tells
   * which devices have input. `interest` is as for `yield`, and read before this
   * returns. At most one wait is under way at a time (ERR_SOLO5_BUSY). A pending wait keeps the
   * process alive.
   */
  wait(deadline: number, wake: () => void, interest?: ReadySet): Wait;

  /** Writes bytes to the console, all of them, in order. */
  consoleWrite(bytes: Uint8Array): void;

  /** Ends the program with `status` (0 to 255), after every device has been released. */
  exit(status: number): void;

  // Optional capabilities: found by looking, never required.

  /**
   * True where time moves only between waits, as in a simulation. A turn is then never cut by the clock, and
   * promises are refused, because nothing repeatable settles them.
   */
  readonly virtualTime?: boolean;

  /**
   * Hears, once and before anything is acquired, of every device that the program is about to acquire.
   * Throws to refuse the run.
   */
  declare?(devices: readonly DeviceName[]): void;

  /**
   * Takes up to 64 frames at once into the device's own slots. Never waits.
   *
   * Returns how many: 0 means `AGAIN`. The frames stand in `netReadSlots(handle)`, slots 0 to
   * count - 1, until the next call.
   */
  netReadBatch?(handle: number): number;

  /** The slots that `netReadBatch` fills: the same object for as long as the device is acquired. */
  netReadSlots?(handle: number): FrameBatch;

  /** Sends `count` frames from slots 0 to count - 1 of `batch`, in order, as `netWrite` does each. */
  netWriteBatch?(handle: number, batch: FrameBatch, count: number): void;

  /** What the world's own side counted. */
  netCounters?(handle: number): NetCounters;

  /**
   * Makes every write that returned before this call durable, without blocking the thread where the world
   * can. Calls `done` exactly once, later: with null, or with the error. Can't be cancelled.
   */
  blockFlush?(handle: number, done: (error: Error | null) => void): void;

  /** The same, blocking the thread: for runs that block it anyway. Throws the error. */
  blockFlushNow?(handle: number): void;
}
