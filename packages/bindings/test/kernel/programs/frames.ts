// Programs of frames.test.ts.
import { bridged, failure, frame, has, hex, ip, next, pair } from "./link.ts";

export function everySize(): { sent: (string | null)[]; received: (string | null)[] } {
  bridged();
  const { solo5, left, right } = pair();
  const sent: (string | null)[] = [];
  const received: (string | null)[] = [];
  for (const size of [14, 15, 60, 64, 1513, 1514]) {
    const bytes = new Uint8Array(3000);
    bytes.set(frame(size, size), 5); // an odd offset
    solo5.netWrite(left.handle, bytes, 5, size);
    sent.push(hex(bytes.subarray(5, 5 + size)));
    received.push(hex(next(solo5, right)));
  }
  solo5.close();
  return { sent, received };
}

export function refusedSizes() {
  bridged();
  const { solo5, left, right } = pair();
  const bytes = new Uint8Array(4096);
  const results = [0, 13, 1515, 4096].map((size) =>
    failure(() => solo5.netWrite(left.handle, bytes, 0, size)),
  );
  const short = failure(() => solo5.netRead(left.handle, bytes, 0, 1513));
  const arrived = next(solo5, right, 20);
  solo5.close();
  return { results, short, arrived };
}

export function readsIntoARange() {
  bridged();
  const { solo5, left, right } = pair();
  const buffer = new Uint8Array(2000).fill(0xaa);
  const again = solo5.netRead(right.handle, buffer, 100, 1514);
  const untouched = buffer.every((byte) => byte === 0xaa);
  solo5.netWrite(left.handle, frame(100), 0, 100);
  solo5.yield(Number.POSITIVE_INFINITY, new Uint32Array(2));
  const size = solo5.netRead(right.handle, buffer, 100, 1514);
  const outside = [...buffer.subarray(0, 100), ...buffer.subarray(200)];
  solo5.close();
  return {
    again,
    untouched,
    size,
    bytes: hex(buffer.subarray(100, 200)),
    expected: hex(frame(100)),
    outside: outside.every((byte) => byte === 0xaa),
  };
}

export function batches(count: number) {
  bridged();
  const { solo5, left, right } = pair();
  const slotSize = 1536;
  const batch = {
    bytes: new Uint8Array(64 * slotSize),
    slotSize,
    sizes: new Int32Array(64),
  };
  const sent: (string | null)[] = [];
  for (let done = 0; done < count; ) {
    const part = Math.min(64, count - done);
    for (let i = 0; i < part; i++) {
      const bytes = frame(14 + (((done + i) * 37) % 1501), done + i);
      batch.bytes.set(bytes, i * slotSize);
      batch.sizes[i] = bytes.length;
      sent.push(hex(bytes));
    }
    solo5.netWriteBatch?.(left.handle, batch, part);
    done += part;
  }
  const received: (string | null)[] = [];
  const counts: number[] = [];
  const slots = solo5.netReadSlots?.(right.handle);
  if (slots === undefined) throw new Error("the host reads no batches");
  for (;;) {
    const some = solo5.netReadBatch?.(right.handle) ?? 0;
    if (some === 0) break;
    counts.push(some);
    for (let i = 0; i < some; i++) {
      const start = i * slots.slotSize;
      received.push(hex(slots.bytes.subarray(start, start + (slots.sizes[i] as number))));
    }
  }
  const same = solo5.netReadSlots?.(right.handle) === slots;
  solo5.close();
  return { sent, received, counts, same };
}

export function refusedBatches() {
  bridged();
  const { solo5, left, right } = pair();
  const write = (bytes: number, slotSize: number, sizes: number[], count: number) =>
    failure(() =>
      solo5.netWriteBatch?.(
        left.handle,
        { bytes: new Uint8Array(bytes), slotSize, sizes: Int32Array.from(sizes) },
        count,
      ),
    )?.["code"];
  const results = {
    oneTooLong: write(4096, 2048, [60, 1515], 2),
    oneTooShort: write(4096, 2048, [60, 13], 2),
    negative: write(4096, 2048, [60, -1], 2),
    longerThanItsSlot: write(4096, 64, [60, 65], 2),
    moreThanSizes: write(4096, 64, [60, 60], 3),
    moreThanBytes: write(100, 64, [60, 60], 2),
    moreThanABatch: write(65 * 64, 64, new Array(65).fill(60), 65),
    none: write(0, 64, [], 0),
  };
  const arrived = next(solo5, right, 20);
  solo5.close();
  return { results, arrived };
}

/** Slots whose memory the program has given away. */
export function transferredSlots() {
  bridged();
  const { solo5, left, right } = pair();
  const slots = solo5.netReadSlots?.(right.handle);
  if (slots === undefined) throw new Error("the host reads no batches");
  structuredClone(slots.bytes.buffer, { transfer: [slots.bytes.buffer as ArrayBuffer] });
  solo5.netWrite(left.handle, frame(60), 0, 60);
  const fault = failure(() => solo5.netReadBatch?.(right.handle))?.["code"];
  solo5.netRelease(right.handle);
  const again = solo5.netAcquire("right").handle;
  const count = solo5.netReadBatch?.(again);
  const stale = failure(() => solo5.netReadBatch?.(right.handle))?.["code"];
  solo5.close();
  return { fault, count, stale };
}

/** The link's MTU grows after the acquire: longer frames arrive, and are passed over whole. */
export function mtuRaised() {
  bridged();
  const { solo5, left, right } = pair();
  for (const name of ["left", "right", "bridge"]) ip("link", "set", name, "mtu", "3000");
  // A second host sees the new MTU, and can send what the first can't receive.
  solo5.netRelease(left.handle);
  const wide = solo5.netAcquire("left");
  const send = (size: number, seed: number) =>
    solo5.netWrite(wide.handle, frame(size, seed), 0, size);
  send(1515, 1);
  send(1514, 2);
  send(3014, 3);
  send(1518, 4);
  send(60, 5);
  const single = [hex(next(solo5, right)), hex(next(solo5, right)), next(solo5, right, 20)];
  const expected = [hex(frame(1514, 2)), hex(frame(60, 5)), null];
  send(2000, 6);
  send(70, 7);
  const batch = solo5.netReadBatch?.(right.handle);
  const counters = solo5.netCounters?.(right.handle);
  solo5.close();
  return { mtu: wide.mtu, single, expected, batch, counters };
}

export function jumbo() {
  bridged(9000);
  const { solo5, left, right } = pair();
  solo5.netWrite(left.handle, frame(9014, 3), 0, 9014);
  const received = hex(next(solo5, right));
  const refused = failure(() => solo5.netWrite(left.handle, new Uint8Array(9015), 0, 9015));
  solo5.close();
  return { mtu: left.mtu, received, expected: hex(frame(9014, 3)), refused };
}

export function downAndUp() {
  bridged();
  const { solo5, left, right } = pair();
  ip("link", "set", "left", "down");
  const down = solo5.interfaceState("left");
  for (let i = 0; i < 3; i++) solo5.netWrite(left.handle, frame(60), 0, 60);
  const whileDown = solo5.netRead(left.handle, new Uint8Array(1514), 0, 1514);
  const counters = solo5.netCounters?.(left.handle);
  ip("link", "set", "left", "up");
  const up = solo5.interfaceState("left");
  // The bridge needs a moment to take the port back.
  let received = null;
  for (let i = 0; received === null && i < 50; i++) {
    solo5.netWrite(left.handle, frame(80, 9), 0, 80);
    received = hex(next(solo5, right, 50));
  }
  solo5.close();
  return { down, up, whileDown, counters, received, expected: hex(frame(80, 9)) };
}

/** Nobody reads until the kernel's queue of 1,000 frames is full. */
export function overflow() {
  bridged();
  const { solo5, left, right } = pair();
  for (let i = 0; i < 3000; i++) solo5.netWrite(left.handle, frame(60, i), 0, 60);
  let read = 0;
  const buffer = new Uint8Array(1514);
  while (solo5.netRead(right.handle, buffer, 0, 1514) >= 0) read++;
  const counters = solo5.netCounters?.(right.handle);
  solo5.close();
  return { read, counters };
}

export function readySets() {
  bridged();
  const { solo5, left, right } = pair();
  const ready = new Uint32Array([0xffffffff, 0xffffffff]);
  solo5.yield(0, ready);
  const none = [...ready];
  solo5.netWrite(left.handle, frame(60), 0, 60);
  solo5.netWrite(right.handle, frame(60), 0, 60);
  ready.fill(0xffffffff);
  solo5.yield(0, ready);
  const both = [has(ready, left.handle), has(ready, right.handle)];
  const others =
    ((ready[0] as number) & ~(1 << left.handle) & ~(1 << right.handle)) | (ready[1] as number);
  solo5.netRelease(left.handle);
  solo5.yield(0, ready);
  const released = [has(ready, left.handle), has(ready, right.handle)];
  solo5.close();
  return { none, both, others, released };
}
