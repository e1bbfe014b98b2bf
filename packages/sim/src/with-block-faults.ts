// Faults of disks, between a program and any world.
import type { Solo5 } from "@miou-solo5/scheduler";
import { delegate } from "./delegate.ts";
import { errorOf } from "./errors.ts";
import { Medium, type MediumOptions, type Pages } from "./medium.ts";

const NO_DEVICE = new Uint32Array(2);

/**
 * The world `solo5`, whose block devices of these names have faults: `{ disk: { readError: 0.01, seed: 1 } }`. Give a
 * `Medium` instead of options to change them later, to see what they did, or to let it `crash`.
 *
 * What takes time blocks the thread for it, also a flush: one can't wait otherwise inside a call. Other devices, and
 * all other calls, are the world's own.
 * @throws {SimError} ERR_SOLO5_INVALID_ARGUMENT for options that make no sense
 */
export function withBlockFaults(
  solo5: Solo5,
  devices: Readonly<Record<string, Medium | MediumOptions>>,
): Solo5 {
  const media = new Map<string, Medium>();
  for (const [name, given] of Object.entries(devices)) {
    media.set(name, given instanceof Medium ? given : new Medium({ name, ...given }));
  }
  const acquired = new Map<number, Medium>();
  const ready = new Uint32Array(2);
  const spend = (duration: number): void => {
    if (duration > 0) solo5.yield(solo5.clockMonotonic() + duration, ready, NO_DEVICE);
  };
  const inner = delegate(solo5);
  const { blockFlush, blockFlushNow } = inner;
  return {
    ...inner,
    blockAcquire: (name) => {
      const info = solo5.blockAcquire(name);
      const medium = media.get(name);
      if (medium !== undefined) {
        medium.attach(
          pagesOf(solo5, name, { ...info, isAcquired: (h) => acquired.get(h) === medium }),
        );
        acquired.set(info.handle, medium);
      }
      return info;
    },
    blockRelease: (handle) => {
      solo5.blockRelease(handle);
      acquired.delete(handle);
    },
    blockRead: (handle, position, into, offset) => {
      const medium = acquired.get(handle);
      if (medium === undefined) return solo5.blockRead(handle, position, into, offset);
      spend(medium.duration());
      medium.read(position, into, offset);
    },
    blockWrite: (handle, position, from, offset) => {
      const medium = acquired.get(handle);
      if (medium === undefined) return solo5.blockWrite(handle, position, from, offset);
      spend(medium.duration());
      medium.write(position, from, offset);
    },
    ...(blockFlush && {
      blockFlush: (handle, done) => {
        const medium = acquired.get(handle);
        if (medium === undefined) return blockFlush(handle, done);
        spend(medium.flushDuration());
        const end = medium.beginFlush();
        blockFlush(handle, (error) => done(error ?? errorOf(end)));
      },
    }),
    ...(blockFlushNow && {
      blockFlushNow: (handle) => {
        const medium = acquired.get(handle);
        if (medium === undefined) return blockFlushNow(handle);
        spend(medium.flushDuration());
        const end = medium.beginFlush();
        blockFlushNow(handle);
        end();
      },
    }),
  };
}

interface Device {
  readonly handle: number;
  readonly blockSize: number;
  readonly isAcquired: (handle: number) => boolean;
}

function pagesOf(solo5: Solo5, name: string, { blockSize, isAcquired, ...device }: Device): Pages {
  let { handle } = device;
  return {
    pageSize: blockSize,
    read: (position, into, offset) => solo5.blockRead(handle, position, into, offset),
    write: (position, from, offset) => solo5.blockWrite(handle, position, from, offset),
    outside: (act) => {
      if (isAcquired(handle)) return act();
      ({ handle } = solo5.blockAcquire(name));
      try {
        act();
      } finally {
        solo5.blockRelease(handle);
      }
    },
  };
}
