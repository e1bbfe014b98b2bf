// Which connection a segment belongs to, without a string or an object made for the question.

const FIRST_SLOTS = 16;

/**
 * A hash table with open addressing: the remote host and both ports to a value.
 *
 * Shape: hosts are 32-bit identities, `ports` the local port in the upper 16 bits and the remote one in the lower.
 * Cost: 8 bytes and a reference a slot, at most three quarters of them in use. Where a key stands follows from a secret, so that
 * nobody outside can make many meet in one place.
 */
export class ConnectionTable<T> {
  length = 0;
  readonly #secret = new Int32Array(2);
  /** Pairs: host, ports. */
  #keys = new Int32Array(2 * FIRST_SLOTS);
  #values: (T | null)[] = new Array(FIRST_SLOTS).fill(null);

  /** `entropy` fills an array with unpredictable bytes. */
  constructor(entropy: (into: Uint8Array) => void) {
    entropy(new Uint8Array(this.#secret.buffer));
  }

  get(host: number, ports: number): T | null {
    return this.#values[this.#find(host, ports)] ?? null;
  }

  /** Adds what is not in it yet, or takes its place. */
  set(host: number, ports: number, value: T): void {
    let slot = this.#find(host, ports);
    if (this.#values[slot] === null) {
      if (++this.length * 4 > this.#values.length * 3) {
        this.#grow();
        slot = this.#find(host, ports);
      }
      this.#keys[2 * slot] = host;
      this.#keys[2 * slot + 1] = ports;
    }
    this.#values[slot] = value;
  }

  /** False where it was not in it. */
  delete(host: number, ports: number): boolean {
    const values = this.#values;
    const keys = this.#keys;
    const mask = values.length - 1;
    let hole = this.#find(host, ports);
    if (values[hole] === null) return false;
    this.length--;
    // What stands behind the hole moves into it, unless that were before its own place: then no search stops short.
    for (let slot = (hole + 1) & mask; values[slot] !== null; slot = (slot + 1) & mask) {
      const place = this.#place(keys[2 * slot] as number, keys[2 * slot + 1] as number);
      if (((slot - place) & mask) < ((slot - hole) & mask)) continue;
      values[hole] = values[slot] as T;
      keys[2 * hole] = keys[2 * slot] as number;
      keys[2 * hole + 1] = keys[2 * slot + 1] as number;
      hole = slot;
    }
    values[hole] = null;
    return true;
  }

  /** All values at this moment; the table may change meanwhile. */
  values(): T[] {
    return this.#values.filter((value) => value !== null) as T[];
  }

  #find(host: number, ports: number): number {
    const values = this.#values;
    const keys = this.#keys;
    const mask = values.length - 1;
    let slot = this.#place(host, ports);
    while (values[slot] !== null && (keys[2 * slot] !== host || keys[2 * slot + 1] !== ports)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #place(host: number, ports: number): number {
    let bits = Math.imul(host ^ (this.#secret[0] as number), 0x9e3779b1);
    bits = Math.imul(bits ^ (bits >>> 15) ^ ports ^ (this.#secret[1] as number), 0x85ebca6b);
    bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
    return (bits ^ (bits >>> 16)) & (this.#values.length - 1);
  }

  #grow(): void {
    const keys = this.#keys;
    const values = this.#values;
    this.#keys = new Int32Array(2 * keys.length);
    this.#values = new Array(2 * values.length).fill(null);
    for (const [i, value] of values.entries()) {
      if (value === null) continue;
      const slot = this.#find(keys[2 * i] as number, keys[2 * i + 1] as number);
      this.#keys[2 * slot] = keys[2 * i] as number;
      this.#keys[2 * slot + 1] = keys[2 * i + 1] as number;
      this.#values[slot] = value;
    }
  }
}

/** Both ports as one key. */
export function portsOf(localPort: number, remotePort: number): number {
  return (localPort << 16) | remotePort;
}
