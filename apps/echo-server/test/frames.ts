// What tests with frames have in common.

export const SERVER_MAC = Uint8Array.of(0x02, 0, 0, 0, 0, 2);
export const CLIENT_MAC = Uint8Array.of(0x02, 0, 0, 0, 0, 1);

/** SEED=<n> repeats a run; without it the clock chooses. */
const { SEED } = process.env;
export const seed = SEED === undefined ? Date.now() : Number(SEED);

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
