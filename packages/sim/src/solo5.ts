// The world as the programs of one machine see it.
import { AGAIN, type FrameBatch, type NetInfo, type Solo5 } from "@miou-solo5/scheduler";
import { errorOf, SimError } from "./errors.ts";
import type { AttachedNet, Handles } from "./handles.ts";
import type { NetPort } from "./net-port.ts";
import type { Random } from "./random.ts";
import { checkFrameSize, checkRange, checkRoom, copyOf, outOfRange } from "./range.ts";
import type { Timeline } from "./timeline.ts";
import type { Waiting } from "./waiting.ts";

/** What the calls work on. */
export interface Parts {
  readonly arguments: readonly string[];
  readonly timeline: Timeline;
  readonly random: Random;
  readonly handles: Handles;
  readonly waiting: Waiting;
  readonly consoleWrite: (bytes: Uint8Array) => void;
  readonly exit: (status: number) => void;
  /** False once the machine has crashed, or was crashed and started again. */
  readonly isRunning: () => boolean;
}

/** 2026-01-01 00:00:00 UTC: when every simulated world begins. */
const EPOCH_NS = 1_767_225_600_000_000_000n;
const BATCH_COUNT_MAX = 64;

/** Made of functions rather than methods, so that a test can take it apart and replace one. */
export function machineSolo5(parts: Parts): Solo5 {
  return { ...ownCalls(parts), ...netCalls(parts), ...batchCalls(parts), ...blockCalls(parts) };
}

function ownCalls({ random, waiting, ...parts }: Parts) {
  return {
    arguments: parts.arguments,
    virtualTime: true,
    clockMonotonic: () => waiting.now,
    clockWall: () => EPOCH_NS + BigInt(Math.floor(waiting.now)),
    entropy: (into) => random.fill(into),
    yield: (deadline, ready, interest) => waiting.yield(deadline, ready, interest),
    wait: (deadline, wake, interest) => waiting.wait(deadline, wake, interest),
    consoleWrite: (bytes) => parts.consoleWrite(copyOf(bytes, 0, bytes.length)),
    exit: (status) => {
      if (!Number.isInteger(status) || status < 0 || status > 255) {
        throw new SimError(
          "ERR_SOLO5_INVALID_ARGUMENT",
          `a status is a whole number from 0 to 255, got ${status}`,
        );
      }
      parts.exit(status);
    },
  } satisfies Partial<Solo5>;
}

function netCalls({ handles, waiting }: Parts) {
  const portOf = (handle: number): NetPort => {
    const { port } = handles.get("net", handle);
    port.requirePresent();
    return port;
  };
  return {
    netAcquire: (name): NetInfo => {
      const [handle, { port }] = handles.acquire("net", name);
      try {
        port.requirePresent();
      } catch (error) {
        handles.release("net", handle);
        throw error;
      }
      port.goUp();
      return { handle, mac: port.mac.slice(), mtu: port.mtu };
    },
    netRead: (handle, into, offset, size) => {
      const port = portOf(handle);
      checkRange("netRead", into, offset, size);
      checkRoom(size, port.frameSizeMax);
      const frame = port.take();
      if (frame === undefined) return AGAIN;
      into.set(frame, offset);
      return frame.length;
    },
    netWrite: (handle, from, offset, size) => {
      const port = portOf(handle);
      checkRange("netWrite", from, offset, size);
      checkFrameSize(size, port.frameSizeMax);
      port.transmit(copyOf(from, offset, size), waiting.now);
    },
    netRelease: (handle) => handles.release("net", handle),
    netCounters: (handle) => portOf(handle).counters,
  } satisfies Partial<Solo5>;
}

function batchCalls({ handles, waiting }: Parts) {
  const slotsOf = (device: AttachedNet): FrameBatch => {
    device.slots ??= makeSlots(device.port.frameSizeMax);
    return device.slots;
  };
  return {
    netReadBatch: (handle) => {
      const device = handles.get("net", handle);
      device.port.requirePresent();
      const { bytes, slotSize, sizes } = slotsOf(device);
      let count = 0;
      while (count < BATCH_COUNT_MAX) {
        const frame = device.port.take();
        if (frame === undefined) break;
        bytes.set(frame, count * slotSize);
        sizes[count++] = frame.length;
      }
      return count;
    },
    netReadSlots: (handle) => slotsOf(handles.get("net", handle)),
    netWriteBatch: (handle, { bytes, slotSize, sizes }, count) => {
      const { port } = handles.get("net", handle);
      port.requirePresent();
      if (
        !Number.isInteger(count) ||
        count < 0 ||
        count > Math.min(sizes.length, BATCH_COUNT_MAX)
      ) {
        throw outOfRange(
          `netWriteBatch: count is 0 to ${Math.min(sizes.length, BATCH_COUNT_MAX)}, got ${count}`,
        );
      }
      checkRange("netWriteBatch", bytes, 0, count * slotSize);
      for (let i = 0; i < count; i++) {
        checkFrameSize(sizes[i] ?? 0, Math.min(port.frameSizeMax, slotSize));
      }
      for (let i = 0; i < count; i++) {
        port.transmit(copyOf(bytes, i * slotSize, sizes[i] ?? 0), waiting.now);
      }
    },
  } satisfies Partial<Solo5>;
}

function blockCalls({ handles, timeline, waiting, isRunning }: Parts) {
  return {
    blockAcquire: (name) => {
      const [handle, { disk }] = handles.acquire("block", name);
      const { capacity, blockSize, readOnly } = disk.disk;
      return { handle, capacity, blockSize, readOnly };
    },
    blockRead: (handle, position, into, offset) => {
      const { disk } = handles.get("block", handle);
      // A failed read takes as long as another.
      waiting.busy(disk.medium.duration());
      disk.read(position, into, offset);
    },
    blockWrite: (handle, position, from, offset) => {
      const { disk, name } = handles.get("block", handle);
      if (disk.disk.readOnly) {
        throw new SimError("ERR_SOLO5_READ_ONLY", `block device "${name}" is read-only`, name);
      }
      waiting.busy(disk.medium.duration());
      disk.write(position, from, offset);
    },
    blockRelease: (handle) => handles.release("block", handle),
    blockFlush: (handle, done) => {
      const { medium } = handles.get("block", handle).disk;
      const end = medium.beginFlush();
      timeline.plan(waiting.now + medium.flushDuration(), null, () => {
        // With the machine the flush was over: nothing became durable by it, and nobody is left to hear.
        if (isRunning()) done(errorOf(end));
      });
    },
    blockFlushNow: (handle) => {
      const { medium } = handles.get("block", handle).disk;
      waiting.busy(medium.flushDuration());
      medium.beginFlush()();
    },
  } satisfies Partial<Solo5>;
}

function makeSlots(frameSizeMax: number): FrameBatch {
  const slotSize = Math.ceil(frameSizeMax / 8) * 8;
  return {
    bytes: new Uint8Array(BATCH_COUNT_MAX * slotSize),
    slotSize,
    sizes: new Int32Array(BATCH_COUNT_MAX),
  };
}
