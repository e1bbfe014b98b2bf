// Why a demonstration ends before it is done: a signal, or whoever started it is gone.

const controller = new AbortController();
let status = 0;

for (const [signal, statusOfSignal] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const) {
  process.on(signal, () => {
    status ||= statusOfSignal;
    controller.abort();
  });
}
process.on("disconnect", () => controller.abort());

export const stop: AbortSignal = controller.signal;

/** What to end with where not all went well. */
export function stopStatus(): number {
  return status === 0 ? 1 : status;
}
