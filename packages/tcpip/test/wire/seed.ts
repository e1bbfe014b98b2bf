/** `SEED=<n>` repeats a property with the seed that a failure printed. */
export const seed = Number(process.env["SEED"] ?? Date.now());
