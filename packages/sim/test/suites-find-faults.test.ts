// The conformance suites are only worth something if a wrong world fails them: each fault here, put into a
// world that passes, must be found.
import { blockCases } from "@miou-solo5/block/testing";
import { netCases } from "@miou-solo5/net/testing";
import { AGAIN, type Solo5 } from "@miou-solo5/scheduler";
import { describe, expect, test } from "vitest";
import { createWorld } from "../src/index.ts";

type Fault = (good: Solo5) => Partial<Solo5>;

const NET_FAULTS: Record<string, Fault> = {
  "a frame is cut": (good) => ({
    netWrite: (handle, from, offset, size) =>
      good.netWrite(handle, from, offset, size === 61 ? 60 : size),
  }),
  "a byte is changed": (good) => ({
    netRead: (handle, into, offset, size) => {
      const got = good.netRead(handle, into, offset, size);
      if (got > 20) into[offset + 20] = (into[offset + 20] ?? 0) ^ 1;
      return got;
    },
  }),
  "a frame is lost": (good) => {
    let count = 0;
    return {
      netWrite: (handle, from, offset, size) => {
        if (++count !== 50) good.netWrite(handle, from, offset, size);
      },
    };
  },
  "short frames are sent": (good) => ({
    netWrite: (handle, from, offset, size) => {
      if (size > 13) return good.netWrite(handle, from, offset, size);
      const padded = new Uint8Array(14);
      padded.set(from.subarray(offset, offset + size));
      good.netWrite(handle, padded, 0, 14);
    },
  }),
  "a read writes the whole buffer": (good) => ({
    netRead: (handle, into, offset, size) => {
      const got = good.netRead(handle, into, offset, size);
      if (got !== AGAIN) into.fill(0, offset + got);
      return got;
    },
  }),
  "a short buffer loses the frame": (good) => ({
    netRead: (handle, into, offset, size) => {
      if (size === 1513) good.netRead(handle, new Uint8Array(1514), 0, 1514);
      return good.netRead(handle, into, offset, size);
    },
  }),
  "the handle is not checked": (good) => ({
    netRelease: (handle) => {
      try {
        good.netRelease(handle);
      } catch {
        // That is the fault.
      }
    },
  }),
  "the ready set is not cleared": (good) => ({
    yield: (deadline, ready, interest) => {
      const mine = new Uint32Array(2);
      good.yield(deadline, mine, interest);
      ready[0] = (ready[0] ?? 0) | (mine[0] ?? 0);
    },
  }),
  "yield passes interest over": (good) => ({
    yield: (deadline, ready) => good.yield(deadline, ready),
  }),
  "yield returns early": (good) => ({
    yield: (deadline, ready, interest) => good.yield(deadline - 500_000, ready, interest),
  }),
  "wake comes from inside the call": (good) => ({
    wait: (deadline, wake, interest) => {
      if (deadline > good.clockMonotonic()) return good.wait(deadline, wake, interest);
      wake();
      return { cancel: () => {} };
    },
  }),
  "wake comes twice": (good) => ({
    wait: (deadline, wake, interest) =>
      good.wait(
        deadline,
        () => {
          wake();
          wake();
        },
        interest,
      ),
  }),
  "wait passes interest over": (good) => ({ wait: (deadline, wake) => good.wait(deadline, wake) }),
  "cancel does nothing": (good) => ({
    wait: (deadline, wake, interest) => {
      good.wait(deadline, wake, interest);
      return { cancel: () => {} };
    },
  }),
  "a late cancel hits the next wait": (good) => {
    let latest: { cancel(): void } | null = null;
    return {
      wait: (deadline, wake, interest) => {
        latest = good.wait(deadline, wake, interest);
        return { cancel: () => latest?.cancel() };
      },
    };
  },
  "batches come in reverse": (good) => ({
    netReadBatch: (handle) => {
      const count = good.netReadBatch?.(handle) ?? 0;
      good.netReadSlots?.(handle).sizes.subarray(0, count).reverse();
      return count;
    },
  }),
  "a bad batch is sent up to its fault": (good) => ({
    netWriteBatch: (handle, { bytes, slotSize, sizes }, count) => {
      for (let i = 0; i < count; i++) good.netWrite(handle, bytes, i * slotSize, sizes[i] ?? 0);
    },
  }),
  "the slots are made anew": (good) => ({
    netReadSlots: (handle) => ({ ...good.netReadSlots?.(handle) }) as never,
  }),
  "entropy repeats itself": () => ({ entropy: (into) => void into.fill(4) }),
  "MTU counts the header": (good) => ({
    netAcquire: (name) => {
      const info = good.netAcquire(name);
      return { ...info, mtu: info.mtu + 14 };
    },
  }),
};

const BLOCK_FAULTS: Record<string, Fault> = {
  "writes go one block further": (good) => ({
    blockWrite: (handle, position, from, offset) =>
      good.blockWrite(handle, position === 0 ? 512 : position, from, offset),
  }),
  "a write now and then is lost": (good) => {
    let count = 0;
    return {
      blockWrite: (handle, position, from, offset) => {
        if (++count % 97 !== 0) good.blockWrite(handle, position, from, offset);
      },
    };
  },
  "misaligned reads are rounded": (good) => ({
    blockRead: (handle, position, into, offset) =>
      good.blockRead(handle, position - (position % 512), into, offset),
  }),
  "a block past the end is the last": (good) => ({
    blockRead: (handle, position, into, offset) =>
      good.blockRead(handle, Math.min(position, 15 * 512), into, offset),
  }),
  "a short buffer is filled as far as it goes": (good) => ({
    blockRead: (handle, position, into, offset) => {
      if (into.length >= 512) return good.blockRead(handle, position, into, offset);
      into.fill(0);
    },
  }),
  "a read-only disk says nothing when written to": (good) => ({
    blockWrite: (handle, position, from, offset) => {
      try {
        good.blockWrite(handle, position, from, offset);
      } catch (error) {
        if ((error as { code: string }).code !== "ERR_SOLO5_READ_ONLY") throw error;
      }
    },
  }),
  "a flush ends inside the call": () => ({ blockFlush: (_, done) => done(null) }),
  "a flush ends twice": (good) => ({
    blockFlush: (handle, done) => {
      good.blockFlush?.(handle, done);
      good.blockFlush?.(handle, done);
    },
  }),
  "a flush never ends": (good) => ({
    blockFlush: (handle) => good.blockFlush?.(handle, () => {}),
  }),
  "a second acquire gives the same handle": (good) => {
    const known = new Map<string, ReturnType<Solo5["blockAcquire"]>>();
    return {
      blockAcquire: (name) => {
        const info = known.get(name) ?? good.blockAcquire(name);
        known.set(name, info);
        return info;
      },
    };
  },
};

describe("a world in which", () => {
  test.each(Object.entries(NET_FAULTS))("%s fails the network cases", async (_, fault) => {
    const failed: string[] = [];
    for (const { name, run } of netCases) {
      const make = () => {
        const world = createWorld();
        const machine = world.machine("both");
        world.wire(machine.net("left"), machine.net("right"), { latency: 100 });
        return {
          solo5: { ...machine.solo5, ...fault(machine.solo5) },
          names: ["left", "right"] as const,
          mtu: 1500,
          pass: (duration: number) => world.run(world.now + duration),
          close: () => {},
        };
      };
      await run(make).catch(() => failed.push(name));
    }
    expect(failed).not.toEqual([]);
    // A fault in one call must not fail everything: then the suite would say nothing about where it lies.
    expect(failed.length).toBeLessThan(netCases.length);
  });

  test.each(Object.entries(BLOCK_FAULTS))("%s fails the block cases", async (_, fault) => {
    const failed: string[] = [];
    for (const { name, run } of blockCases) {
      await run({
        blockSize: 512,
        make: ({ contents, readOnly }) => {
          const world = createWorld();
          const machine = world.machine("machine");
          machine.disk("disk", { capacity: contents.length, readOnly, contents });
          return {
            solo5: { ...machine.solo5, ...fault(machine.solo5) },
            name: "disk",
            pass: (duration) => world.run(world.now + duration),
            close: () => {},
          };
        },
      }).catch(() => failed.push(name));
    }
    expect(failed).not.toEqual([]);
    expect(failed.length).toBeLessThan(blockCases.length);
  });
});
