// CPU time between two moments of a server, and what its heap and buffers hold.
import { cpuTime, sample } from "./measure.mjs";

export class Meter {
  #start = 0;
  #cpu = 0;

  begin() {
    this.#start = cpuTime();
  }

  end() {
    this.#cpu = cpuTime() - this.#start;
  }

  sample(items, more = {}) {
    if (!(this.#cpu > 0)) throw new Error("nothing was measured");
    return sample(this.#cpu, items, { cpuPerItem: this.#cpu / items, ...more });
  }
}

/** Bytes of the heap, and of buffers outside of it. */
export function memoryUsed() {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
