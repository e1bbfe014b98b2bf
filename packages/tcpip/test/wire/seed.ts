/** The seed of all random choices here; another `SEED=<n>` tries others. */
export const seed = Number(process.env["SEED"] ?? 1);
