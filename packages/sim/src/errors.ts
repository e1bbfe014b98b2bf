// Errors of simulated worlds. Where the Linux host has a code for the same fault, it is the same.

export type SimErrorCode =
  | "ERR_SOLO5_BAD_HANDLE"
  | "ERR_SOLO5_BUSY"
  | "ERR_SOLO5_INVALID_ARGUMENT"
  | "ERR_SOLO5_NO_DEVICE"
  | "ERR_SOLO5_OUT_OF_RANGE"
  | "ERR_SOLO5_READ_ONLY"
  | "ERR_SOLO5_STALLED";

export class SimError extends Error {
  override readonly name = "SimError";
  readonly code: SimErrorCode;

  constructor(code: SimErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
