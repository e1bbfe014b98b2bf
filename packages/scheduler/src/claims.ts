// What the cases of conformance suites claim with: no runner of tests is needed, a broken claim throws.

/** Throws where `got` is not `wanted`: plain values, or arrays of them. */
export function claim(what: string, got: unknown, wanted: unknown): void {
  const [gotText, wantedText] = [JSON.stringify(got), JSON.stringify(wanted)];
  if (gotText !== wantedText) throw new Error(`${what}: wanted ${wantedText}, got ${gotText}`);
}

/** Throws at the first byte that is not as wanted, or where their counts differ. */
export function claimBytes(what: string, got: Uint8Array, wanted: Uint8Array): void {
  claim(`${what}: bytes`, got.length, wanted.length);
  const index = got.findIndex((byte, at) => byte !== wanted[at]);
  if (index < 0) return;
  throw new Error(`${what}: byte ${index} is ${got[index]}, wanted ${wanted[index]}`);
}

/** The `code` of what `act` throws; null where it throws nothing. */
export function codeOf(act: () => unknown): unknown {
  try {
    act();
    return null;
  } catch (error) {
    return (error as { readonly code?: unknown } | null)?.code ?? String(error);
  }
}

/** Claims that `act` throws one of our codes, whichever: where the contract leaves the choice. */
export function claimRefused(what: string, act: () => unknown): void {
  const code = codeOf(act);
  if (typeof code === "string" && code.startsWith("ERR_SOLO5_")) return;
  throw new Error(`${what}: wanted an error with a code ERR_SOLO5_..., got ${String(code)}`);
}
