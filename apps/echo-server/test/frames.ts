// What tests with frames have in common.

export const SERVER_MAC = Uint8Array.of(0x02, 0, 0, 0, 0, 2);
export const CLIENT_MAC = Uint8Array.of(0x02, 0, 0, 0, 0, 1);

/** The seed of all random choices here; another `SEED=<n>` tries others. */
export const seed = Number(process.env["SEED"] ?? 1);

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
