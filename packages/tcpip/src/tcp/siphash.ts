// SipHash-2-4: a short keyed hash that does not tell its key.
// @see Aumasson, Bernstein: SipHash, a fast short-input PRF

/** The state: v0 to v3 as pairs of low and high 32 bits. One hash at a time, so one is enough. */
const v = new Int32Array(8);

/**
 * The low 32 bits of the hash of `words` under `key`.
 *
 * Shape: `key` has 4 words; `words` an even number: the message is the little-endian bytes of them all.
 */
export function siphash(key: Int32Array, words: Int32Array): number {
  const [k0 = 0, k1 = 0, k2 = 0, k3 = 0] = key;
  v[0] = k0 ^ 0x70736575;
  v[1] = k1 ^ 0x736f6d65;
  v[2] = k2 ^ 0x6e646f6d;
  v[3] = k3 ^ 0x646f7261;
  v[4] = k0 ^ 0x6e657261;
  v[5] = k1 ^ 0x6c796765;
  v[6] = k2 ^ 0x79746573;
  v[7] = k3 ^ 0x74656462;
  for (let i = 0; i < words.length; i += 2) absorb(words[i] as number, words[i + 1] as number);
  // The last block holds the message's size in its highest byte, and no bytes besides.
  absorb(0, words.length << 26);
  v[4] = (v[4] as number) ^ 0xff;
  for (let i = 0; i < 4; i++) round();
  return (v[0] as number) ^ (v[2] as number) ^ (v[4] as number) ^ (v[6] as number);
}

function absorb(low: number, high: number): void {
  v[6] = (v[6] as number) ^ low;
  v[7] = (v[7] as number) ^ high;
  round();
  round();
  v[0] = (v[0] as number) ^ low;
  v[1] = (v[1] as number) ^ high;
}

function round(): void {
  add(0, 2);
  turn(2, 13);
  mix(2, 0);
  turn(0, 32);
  add(4, 6);
  turn(6, 16);
  mix(6, 4);
  add(0, 6);
  turn(6, 21);
  mix(6, 0);
  add(4, 2);
  turn(2, 17);
  mix(2, 4);
  turn(4, 32);
}

function add(a: number, b: number): void {
  const low = ((v[a] as number) >>> 0) + ((v[b] as number) >>> 0);
  v[a] = low;
  v[a + 1] = (v[a + 1] as number) + (v[b + 1] as number) + (low > 0xffffffff ? 1 : 0);
}

function mix(a: number, b: number): void {
  v[a] = (v[a] as number) ^ (v[b] as number);
  v[a + 1] = (v[a + 1] as number) ^ (v[b + 1] as number);
}

/** Rotates left; 32 swaps the halves. */
function turn(a: number, count: number): void {
  const low = v[a] as number;
  const high = v[a + 1] as number;
  if (count === 32) {
    v[a] = high;
    v[a + 1] = low;
  } else {
    v[a] = (low << count) | (high >>> (32 - count));
    v[a + 1] = (high << count) | (low >>> (32 - count));
  }
}
