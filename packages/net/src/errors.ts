// Errors of network devices.

export type NetErrorCode =
  | "ERR_SOLO5_BUFFER_TOO_SMALL"
  | "ERR_SOLO5_CLOSED"
  | "ERR_SOLO5_FRAME_SIZE"
  | "ERR_SOLO5_INVALID_ARGUMENT"
  | "ERR_SOLO5_OUT_OF_RANGE"
  | "ERR_SOLO5_WRONG_WORLD";

/** A caller's mistake, told before anything has happened. Failures of the world pass through as they are. */
export class NetError extends Error {
  override readonly name = "NetError";
  readonly code: NetErrorCode;
  /** The device's name. */
  readonly device: string;

  constructor(code: NetErrorCode, device: string, message: string) {
    super(`network device "${device}": ${message}`);
    this.code = code;
    this.device = device;
  }
}
