/** The seed of all random choices here: another `SEED=<n>` tries others. */
export const seed: number = Number(process.env["SEED"] ?? 1);
console.info(`SEED=${seed}`);
