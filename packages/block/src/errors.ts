// Errors of block devices.

export type BlockErrorCode =
  | "ERR_SOLO5_BUFFER_TOO_SMALL"
  | "ERR_SOLO5_CLOSED"
  | "ERR_SOLO5_INVALID_ARGUMENT"
  | "ERR_SOLO5_MISALIGNED"
  | "ERR_SOLO5_NOT_SUPPORTED"
  | "ERR_SOLO5_OUT_OF_RANGE"
  | "ERR_SOLO5_READ_ONLY"
  | "ERR_SOLO5_WRONG_WORLD";

/** A caller's mistake, told before anything has happened. Failures of the world pass through as they are. */
export class BlockError extends Error {
  override readonly name = "BlockError";
  readonly code: BlockErrorCode;
  /** The device's name. */
  readonly device: string;

  constructor(code: BlockErrorCode, device: string, message: string) {
    super(`block device "${device}": ${message}`);
    this.code = code;
    this.device = device;
  }
}
