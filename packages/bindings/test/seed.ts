/** The seed of all random choices here: `SEED=<n>` repeats a run, else the clock chooses. */
export const seed: number = Number(process.env["SEED"] ?? Date.now() % 0x7fffffff);
console.info(`SEED=${seed}`);
