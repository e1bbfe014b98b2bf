// The errors that programs see. They tell them apart by `code`, never by text.
import type { TroubleKind } from "./trouble.ts";

export type TcpipErrorCode =
  | "ERR_SOLO5_ADDRESS_IN_USE"
  | "ERR_SOLO5_CLOSED"
  | "ERR_SOLO5_CONNECTION_REFUSED"
  | "ERR_SOLO5_CONNECTION_RESET"
  | "ERR_SOLO5_INVALID_ARGUMENT"
  | "ERR_SOLO5_MESSAGE_SIZE"
  | "ERR_SOLO5_NO_PORT"
  | "ERR_SOLO5_OUT_OF_RANGE"
  | "ERR_SOLO5_TIMEOUT"
  | "ERR_SOLO5_TOO_MANY_CONNECTIONS"
  | "ERR_SOLO5_UNREACHABLE";

/** A caller's mistake, told before anything has happened, or a peer that can't be reached. */
export class TcpipError extends Error {
  override readonly name = "TcpipError";
  readonly code: TcpipErrorCode;
  /** ERR_SOLO5_UNREACHABLE: what is the matter, where the network said so. */
  readonly trouble: TroubleKind | null;

  constructor(
    code: TcpipErrorCode,
    message: string,
    options?: ErrorOptions & { readonly trouble?: TroubleKind },
  ) {
    super(message, options);
    this.code = code;
    this.trouble = options?.trouble ?? null;
  }
}
