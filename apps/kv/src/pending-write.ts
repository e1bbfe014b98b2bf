// A write of one task, from its call to its end.

export interface PendingChange {
  readonly key: string;
  readonly keySize: number;
  readonly valueSize: number;
  readonly isSet: boolean;
  readonly record: Uint8Array;
}

export class PendingWrite {
  readonly changes: readonly PendingChange[];
  #outcome: { readonly found: boolean } | { readonly error: unknown } | null = null;

  constructor(changes: readonly PendingChange[]) {
    this.changes = changes;
  }

  get isPending(): boolean {
    return this.#outcome === null;
  }

  /** Whether it sets anything: such a write leaves room for deletions. */
  get isSet(): boolean {
    return this.changes.some(({ isSet }) => isSet);
  }

  succeed(found: boolean): void {
    this.#outcome ??= { found };
  }

  fail(error: unknown): void {
    this.#outcome ??= { error };
  }

  /** Whether any of its keys was there before. @throws what it failed with */
  result(): boolean {
    const outcome = this.#outcome;
    if (outcome === null) throw new Error("a commit took this write along and did not settle it");
    if ("error" in outcome) throw outcome.error;
    return outcome.found;
  }
}
