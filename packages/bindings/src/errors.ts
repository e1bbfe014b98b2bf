// The one error class of this package. Programs tell errors apart by `code`, never by their text.

export type BindingsErrorCode =
  | "ERR_SOLO5_ATTACH"
  | "ERR_SOLO5_BAD_FILE"
  | "ERR_SOLO5_BAD_HANDLE"
  | "ERR_SOLO5_BUSY"
  | "ERR_SOLO5_CLOSED"
  | "ERR_SOLO5_DEVICE_GONE"
  | "ERR_SOLO5_INTERFACE_EXISTS"
  | "ERR_SOLO5_INVALID_ARGUMENT"
  | "ERR_SOLO5_IO"
  | "ERR_SOLO5_MISALIGNED"
  | "ERR_SOLO5_NOT_A_TAP"
  | "ERR_SOLO5_NO_ADDON"
  | "ERR_SOLO5_NO_DEVICE"
  | "ERR_SOLO5_NO_FILE"
  | "ERR_SOLO5_NO_INTERFACE"
  | "ERR_SOLO5_NO_PERMISSION"
  | "ERR_SOLO5_NO_TUN"
  | "ERR_SOLO5_OUT_OF_RANGE"
  | "ERR_SOLO5_READ_ONLY"
  | "ERR_SOLO5_UNSUPPORTED";

export interface BindingsErrorOptions extends ErrorOptions {
  /** The program's name for the device. */
  readonly device?: string | undefined;
  /** The system's error number, positive. */
  readonly errno?: number | undefined;
  readonly syscall?: string | undefined;
  readonly errors?: readonly BindingsError[] | undefined;
}

/** A mistake of the caller's, or a failure of the system beneath. */
export class BindingsError extends Error {
  override readonly name = "BindingsError";
  readonly code: BindingsErrorCode;
  // Declared only: a field that is not there is not printed either.
  /** The program's name for the device, where the error is about one. */
  declare readonly device?: string;
  /** The system's error number, positive, where a system call failed. */
  declare readonly errno?: number;
  /** The system call that failed. */
  declare readonly syscall?: string;
  /** From `host()`: every fault of the devices, in their order. */
  declare readonly errors?: readonly BindingsError[];

  constructor(code: BindingsErrorCode, message: string, options: BindingsErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    if (options.device !== undefined) this.device = options.device;
    if (options.errno !== undefined) this.errno = options.errno;
    if (options.syscall !== undefined) this.syscall = options.syscall;
    if (options.errors !== undefined) this.errors = options.errors;
  }
}

/** A mistake in an argument: what was wanted, and what came. */
export function wrongArgument(wanted: string, got: unknown, device?: string): BindingsError {
  return new BindingsError("ERR_SOLO5_INVALID_ARGUMENT", `${wanted}, got ${shown(got)}`, {
    device,
  });
}

/** A value as messages show it; never fails. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object" && value !== null) return "an object";
  return String(value);
}
