// Errors of the store.

export type KvErrorCode =
  | "ERR_KV_CLOSED"
  | "ERR_KV_DAMAGED"
  | "ERR_KV_FULL"
  | "ERR_KV_INVALID_ARGUMENT"
  | "ERR_KV_IO"
  | "ERR_KV_NOT_A_STORE"
  | "ERR_KV_PAGE_SIZE"
  | "ERR_KV_READ_ONLY"
  | "ERR_KV_TOO_LARGE"
  | "ERR_KV_TOO_SMALL"
  | "ERR_KV_VERSION";

/** What a store can't do, or was asked wrongly. `cause` is the device's own error where there is one. */
export class KvError extends Error {
  override readonly name = "KvError";
  readonly code: KvErrorCode;

  constructor(code: KvErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Whether the device failed, so that the same may be tried again. */
export function isIoError(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return code === "ERR_SOLO5_IO" || code === "ERR_KV_IO";
}
