// `@miou-solo5/tcpip/tcp`: TCP as a state machine that knows no clock, device or scheduler.

export { TcpipError, type TcpipErrorCode } from "./errors.ts";
export { Connection, type Flow } from "./tcp/connection.ts";
export type { ConnectionEnds } from "./tcp/control-block.ts";
export { SequenceSource } from "./tcp/initial-sequence.ts";
export {
  DEFAULT_SETTINGS,
  type KeepAlive,
  type TcpOptions,
  type TcpSettings,
  tcpSettings,
} from "./tcp/settings.ts";
export {
  CONNECTED,
  ENDED,
  type Ending,
  FINISHED,
  READABLE,
  type State,
  WRITABLE,
} from "./tcp/state.ts";
