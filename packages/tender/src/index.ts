// The public surface of @miou-solo5/tender: the command line behind `solo5-node`.
export type {
  Attachment,
  BlockAttachment,
  Command,
  CommandLine,
  NetAttachment,
  RunCommand,
  TapCreateCommand,
  TapDeleteCommand,
} from "./command.ts";
export { parseCommandLine } from "./command-line.ts";
export { TenderError, type TenderErrorCode } from "./errors.ts";
export { solo5Node } from "./solo5-node.ts";
export { USAGE, version } from "./usage.ts";
