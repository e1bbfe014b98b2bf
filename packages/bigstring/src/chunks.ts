// Copies of a few bytes in straight lines. Every function loads all that it moves, the nested calls
// included, before it stores anything: overlapping ranges come out as if through a temporary.
//
// The last chunk of a range ends where the range ends and may reach back into the chunk before, so that
// one shape serves all sizes of its class: 11 bytes are bytes 0-7 and bytes 3-10.
//
// Callers have checked the ranges; no byte read here is missing.

/** 0 to 16 bytes. */
export function moveTiny(
  source: Uint8Array,
  from: number,
  target: Uint8Array,
  to: number,
  size: number,
): void {
  if (size > 8) move8Then(source, from, target, to, size - 8);
  else if (size === 8) move8(source, from, target, to);
  else if (size >= 4) move4Then(source, from, target, to, size - 4);
  else if (size > 0) {
    // One byte is its own middle and end; of two, the middle is the end.
    const middle = size >> 1;
    const last = size - 1;
    const a = source[from] as number;
    const b = source[from + middle] as number;
    const c = source[from + last] as number;
    target[to] = a;
    target[to + middle] = b;
    target[to + last] = c;
  }
}

/** The first 8 bytes, and the 8 that start `rest` bytes later. */
function move8Then(
  source: Uint8Array,
  from: number,
  target: Uint8Array,
  to: number,
  rest: number,
): void {
  const a = source[from] as number;
  const b = source[from + 1] as number;
  const c = source[from + 2] as number;
  const d = source[from + 3] as number;
  const e = source[from + 4] as number;
  const f = source[from + 5] as number;
  const g = source[from + 6] as number;
  const h = source[from + 7] as number;
  move8(source, from + rest, target, to + rest);
  target[to] = a;
  target[to + 1] = b;
  target[to + 2] = c;
  target[to + 3] = d;
  target[to + 4] = e;
  target[to + 5] = f;
  target[to + 6] = g;
  target[to + 7] = h;
}

function move8(source: Uint8Array, from: number, target: Uint8Array, to: number): void {
  const a = source[from] as number;
  const b = source[from + 1] as number;
  const c = source[from + 2] as number;
  const d = source[from + 3] as number;
  const e = source[from + 4] as number;
  const f = source[from + 5] as number;
  const g = source[from + 6] as number;
  const h = source[from + 7] as number;
  target[to] = a;
  target[to + 1] = b;
  target[to + 2] = c;
  target[to + 3] = d;
  target[to + 4] = e;
  target[to + 5] = f;
  target[to + 6] = g;
  target[to + 7] = h;
}

/** The first 4 bytes, and the 4 that start `rest` bytes later. */
function move4Then(
  source: Uint8Array,
  from: number,
  target: Uint8Array,
  to: number,
  rest: number,
): void {
  const a = source[from] as number;
  const b = source[from + 1] as number;
  const c = source[from + 2] as number;
  const d = source[from + 3] as number;
  move4(source, from + rest, target, to + rest);
  target[to] = a;
  target[to + 1] = b;
  target[to + 2] = c;
  target[to + 3] = d;
}

function move4(source: Uint8Array, from: number, target: Uint8Array, to: number): void {
  const a = source[from] as number;
  const b = source[from + 1] as number;
  const c = source[from + 2] as number;
  const d = source[from + 3] as number;
  target[to] = a;
  target[to + 1] = b;
  target[to + 2] = c;
  target[to + 3] = d;
}

/** 16 to 128 bytes. */
export function moveWords(
  source: DataView,
  from: number,
  target: DataView,
  to: number,
  size: number,
): void {
  if (size <= 32) moveWords4Then(source, from, target, to, size - 16);
  else moveWords8Then(source, from, target, to, size);
}

/** The first 4 words, and the 4 that start `rest` bytes later. */
function moveWords4Then(
  source: DataView,
  from: number,
  target: DataView,
  to: number,
  rest: number,
): void {
  const a = source.getInt32(from, true);
  const b = source.getInt32(from + 4, true);
  const c = source.getInt32(from + 8, true);
  const d = source.getInt32(from + 12, true);
  moveWords4(source, from + rest, target, to + rest);
  target.setInt32(to, a, true);
  target.setInt32(to + 4, b, true);
  target.setInt32(to + 8, c, true);
  target.setInt32(to + 12, d, true);
}

function moveWords4(source: DataView, from: number, target: DataView, to: number): void {
  const a = source.getInt32(from, true);
  const b = source.getInt32(from + 4, true);
  const c = source.getInt32(from + 8, true);
  const d = source.getInt32(from + 12, true);
  target.setInt32(to, a, true);
  target.setInt32(to + 4, b, true);
  target.setInt32(to + 8, c, true);
  target.setInt32(to + 12, d, true);
}

/** 32 bytes or more: the first 8 words, then the others. The depth is one per 32 bytes. */
function moveWords8Then(
  source: DataView,
  from: number,
  target: DataView,
  to: number,
  size: number,
): void {
  const a = source.getInt32(from, true);
  const b = source.getInt32(from + 4, true);
  const c = source.getInt32(from + 8, true);
  const d = source.getInt32(from + 12, true);
  const e = source.getInt32(from + 16, true);
  const f = source.getInt32(from + 20, true);
  const g = source.getInt32(from + 24, true);
  const h = source.getInt32(from + 28, true);
  if (size > 64) moveWords8Then(source, from + 32, target, to + 32, size - 32);
  else moveWords8(source, from + size - 32, target, to + size - 32);
  target.setInt32(to, a, true);
  target.setInt32(to + 4, b, true);
  target.setInt32(to + 8, c, true);
  target.setInt32(to + 12, d, true);
  target.setInt32(to + 16, e, true);
  target.setInt32(to + 20, f, true);
  target.setInt32(to + 24, g, true);
  target.setInt32(to + 28, h, true);
}

function moveWords8(source: DataView, from: number, target: DataView, to: number): void {
  const a = source.getInt32(from, true);
  const b = source.getInt32(from + 4, true);
  const c = source.getInt32(from + 8, true);
  const d = source.getInt32(from + 12, true);
  const e = source.getInt32(from + 16, true);
  const f = source.getInt32(from + 20, true);
  const g = source.getInt32(from + 24, true);
  const h = source.getInt32(from + 28, true);
  target.setInt32(to, a, true);
  target.setInt32(to + 4, b, true);
  target.setInt32(to + 8, c, true);
  target.setInt32(to + 12, d, true);
  target.setInt32(to + 16, e, true);
  target.setInt32(to + 20, f, true);
  target.setInt32(to + 24, g, true);
  target.setInt32(to + 28, h, true);
}
