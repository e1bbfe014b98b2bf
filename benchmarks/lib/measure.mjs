// What the JavaScript sides of the rows share: CPU time, and loops that are warm before they count.

/** User and system time of this process so far, all its threads, in nanoseconds. */
export function cpuTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

/**
 * The CPU time at which a measurement begins, behind the warm-up. What has lived until then is old from here on, for each
 * side alike: a peer that allocates nothing would stay young for ever, and a store into what is young costs V8 less.
 */
export function beginning() {
  collectGarbage();
  return cpuTime();
}

/** Twice: what finalisers of the first let go. */
export function collectGarbage() {
  globalThis.gc();
  globalThis.gc();
}

/** What a side gives: its CPU time for so many items. */
export function sample(cpu, items, more = {}) {
  return { cpu, items, ...more };
}

/**
 * Calls `work(times)` with `warmUp` and then measures it with `count`; both say how many items `work` is to do.
 */
export function timed(work, { warmUp, count }) {
  work(warmUp);
  const start = beginning();
  work(count);
  return sample(cpuTime() - start, count);
}

export async function timedAsync(work, { warmUp, count }) {
  await work(warmUp);
  const start = beginning();
  await work(count);
  return sample(cpuTime() - start, count);
}
