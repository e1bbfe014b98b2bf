// Errors of simulated worlds. Where the Linux host has a code for the same fault, it is the same.

export type SimErrorCode =
  | "ERR_SOLO5_BAD_HANDLE"
  | "ERR_SOLO5_BUSY"
  | "ERR_SOLO5_CRASHED"
  | "ERR_SOLO5_DEVICE_GONE"
  | "ERR_SOLO5_INVALID_ARGUMENT"
  | "ERR_SOLO5_IO"
  | "ERR_SOLO5_MISALIGNED"
  | "ERR_SOLO5_NO_DEVICE"
  | "ERR_SOLO5_OUT_OF_RANGE"
  | "ERR_SOLO5_READ_ONLY"
  | "ERR_SOLO5_STALLED";

interface SimErrorDetails {
  readonly device?: string;
  readonly errno?: number;
  readonly syscall?: string;
}

/** A mistake in building or using a world, or a device's own fault. */
export class SimError extends Error {
  override readonly name = "SimError";
  readonly code: SimErrorCode;
  // Declared only: a field that is not there is not printed either.
  /** The program's name for the device, where the error is about one. */
  declare readonly device?: string;
  /** The positive number of the failure that ERR_SOLO5_IO stands for, and the call that would have had it. */
  declare readonly errno?: number;
  declare readonly syscall?: string;

  constructor(code: SimErrorCode, message: string, about: string | SimErrorDetails = {}) {
    super(message);
    this.code = code;
    const details: SimErrorDetails = typeof about === "string" ? { device: about } : about;
    const { device, errno, syscall } = details;
    if (device !== undefined) this.device = device;
    if (errno !== undefined) this.errno = errno;
    if (syscall !== undefined) this.syscall = syscall;
  }
}

/** What of ours `act` throws; null where it throws nothing. */
export function errorOf(act: () => void): Error | null {
  try {
    act();
    return null;
  } catch (error) {
    if (error instanceof SimError) return error;
    throw error;
  }
}
