// Errors of the TCP core: callers' mistakes only. How a connection ended is no exception, see `Ending`.

export type TcpErrorCode =
  | "ERR_SOLO5_INVALID_ARGUMENT"
  | "ERR_SOLO5_OUT_OF_RANGE"
  | "ERR_SOLO5_CLOSED";

/** The contract is `code`; the wording may change. */
export class TcpError extends Error {
  override readonly name = "TcpError";
  readonly code: TcpErrorCode;

  constructor(code: TcpErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
