// Errors of simulated worlds. Where the Linux host has a code for the same fault, it is the same.

export type SimErrorCode =
  | "ERR_SOLO5_BAD_HANDLE"
  | "ERR_SOLO5_BUSY"
  | "ERR_SOLO5_DEVICE_GONE"
  | "ERR_SOLO5_INVALID_ARGUMENT"
  | "ERR_SOLO5_MISALIGNED"
  | "ERR_SOLO5_NO_DEVICE"
  | "ERR_SOLO5_OUT_OF_RANGE"
  | "ERR_SOLO5_READ_ONLY"
  | "ERR_SOLO5_STALLED";

/** A mistake in building or using a world, or a device's own fault. */
export class SimError extends Error {
  override readonly name = "SimError";
  readonly code: SimErrorCode;
  /** The program's name for the device, where the error is about one. */
  readonly device?: string;

  constructor(code: SimErrorCode, message: string, device?: string) {
    super(message);
    this.code = code;
    if (device !== undefined) this.device = device;
  }
}
