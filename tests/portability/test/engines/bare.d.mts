export const BARE: string;
export const FROZEN: string;
export const GLOBALS: string;
export const HOST_LOOKUPS: string;
export function startOf(name: string, seed: number): string;
