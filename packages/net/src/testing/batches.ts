// Frames many at a time, in worlds that offer it. A world may offer reading without writing, or neither.
import type { FrameBatch } from "@miou-solo5/scheduler";
import { claim, claimBytes, claimRefused, codeOf } from "@miou-solo5/scheduler/testing";
import { type End, frame, type Link, type NetCase, netCase } from "./case.ts";

const BATCH_COUNT_MAX = 64;

function makeBatch(end: End, frames: readonly Uint8Array[]): FrameBatch {
  const slotSize = Math.ceil(end.frameSizeMax / 8) * 8;
  const batch = {
    bytes: new Uint8Array(BATCH_COUNT_MAX * slotSize),
    slotSize,
    sizes: new Int32Array(BATCH_COUNT_MAX),
  };
  frames.forEach((bytes, i) => {
    batch.bytes.set(bytes, i * slotSize);
    batch.sizes[i] = bytes.length;
  });
  return batch;
}

/** Reads batches until `count` frames have come. */
function receiveBatches(link: Link, end: End, count: number): Uint8Array[] {
  const received: Uint8Array[] = [];
  while (received.length < count) {
    const some = link.solo5.netReadBatch?.(end.handle) ?? 0;
    claim("a batch has at most 64 frames", some <= BATCH_COUNT_MAX && some >= 0, true);
    const slots = link.solo5.netReadSlots?.(end.handle);
    for (let i = 0; i < some && slots !== undefined; i++) {
      const start = i * slots.slotSize;
      received.push(slots.bytes.slice(start, start + (slots.sizes[i] ?? 0)));
    }
    if (some === 0) link.await(end);
  }
  return received;
}

export const batchCases: readonly NetCase[] = [
  netCase("batches read every frame once, in order, whole", async (link) => {
    if (link.solo5.netReadBatch === undefined) return;
    const [a, b] = link.ends();
    for (const count of [1, 63, 64, 65, 200]) {
      for (let i = 0; i < count; i++) link.send(a, frame(14 + ((i * 37) % (a.mtu + 1)), i));
      // So that they are all there, and a batch is more than one.
      await link.world.pass(2_000_000);
      const received = receiveBatches(link, b, count);
      claim("how many came", received.length, count);
      received.forEach((bytes, i) => {
        claimBytes(`frame ${i} of ${count}`, bytes, frame(14 + ((i * 37) % (a.mtu + 1)), i));
      });
    }
    claim("one batch more", link.solo5.netReadBatch(b.handle), 0);
  }),
  netCase(
    "the slots are the same object as long as the device is acquired, with room for any frame",
    (link) => {
      if (link.solo5.netReadSlots === undefined) return;
      const [a, b] = link.ends();
      const slots = link.solo5.netReadSlots(b.handle);
      claim("slots", slots.sizes.length, BATCH_COUNT_MAX);
      claim("room for any frame", slots.slotSize >= b.frameSizeMax, true);
      claim("room for all slots", slots.bytes.length >= BATCH_COUNT_MAX * slots.slotSize, true);
      link.send(a, frame(b.frameSizeMax, 2));
      claimBytes(
        "the longest frame",
        receiveBatches(link, b, 1)[0] ?? new Uint8Array(),
        frame(b.frameSizeMax, 2),
      );
      claim("the same object", link.solo5.netReadSlots(b.handle) === slots, true);
      link.solo5.netRelease(b.handle);
      const again = link.acquire(b.name);
      link.send(a, frame(70, 3));
      claimBytes(
        "after a new acquire",
        receiveBatches(link, again, 1)[0] ?? new Uint8Array(),
        frame(70, 3),
      );
    },
  ),
  netCase("reads of one frame and of batches take turns in order", (link) => {
    if (link.solo5.netReadBatch === undefined) return;
    const [a, b] = link.ends();
    link.send(a, frame(60, 1));
    link.send(a, frame(61, 2));
    claimBytes("first, alone", link.receive(b), frame(60, 1));
    claimBytes(
      "second, in a batch",
      receiveBatches(link, b, 1)[0] ?? new Uint8Array(),
      frame(61, 2),
    );
    link.send(a, frame(62, 3));
    claimBytes("third, alone", link.receive(b), frame(62, 3));
  }),
  netCase(
    "a written batch arrives frame by frame, in order, and is the caller's again at once",
    (link) => {
      const { solo5 } = link;
      if (solo5.netWriteBatch === undefined) return;
      const [a, b] = link.ends();
      for (const count of [1, 2, 63, 64]) {
        const frames = Array.from({ length: count }, (_, i) =>
          frame(14 + ((i * 53) % (a.mtu + 1)), i),
        );
        const batch = makeBatch(a, frames);
        solo5.netWriteBatch(a.handle, batch, count);
        batch.bytes.fill(0);
        batch.sizes.fill(0);
        frames.forEach((sent, i) => claimBytes(`frame ${i} of ${count}`, link.receive(b), sent));
      }
    },
  ),
  netCase("a batch of none, or with one wrong size anywhere, sends nothing", (link) => {
    const { solo5 } = link;
    if (solo5.netWriteBatch === undefined) return;
    const [a, b] = link.ends();
    const write = (sizes: readonly number[], slotSize = 2 * a.frameSizeMax): (() => unknown) => {
      const bytes = new Uint8Array(sizes.length * slotSize);
      const batch = { bytes, slotSize, sizes: Int32Array.from(sizes) };
      return () => solo5.netWriteBatch?.(a.handle, batch, sizes.length);
    };
    claim("none", codeOf(write([])), null);
    for (const wrong of [0, 13, -1, a.frameSizeMax + 1]) {
      claim(`a size of ${wrong} at the end`, codeOf(write([60, wrong])), "ERR_SOLO5_OUT_OF_RANGE");
    }
    claimRefused("a frame longer than its slot", write([60, 65], 64));
    claimRefused("more than 64", write(new Array<number>(65).fill(60), 64));
    const short = { bytes: new Uint8Array(127), slotSize: 64, sizes: Int32Array.of(60, 60) };
    claimRefused("fewer bytes than slots", () => solo5.netWriteBatch?.(a.handle, short, 2));
    claimRefused("fewer sizes than frames", () => solo5.netWriteBatch?.(a.handle, short, 3));
    link.claimNothing("the first frame to arrive", a, b);
  }),
];
