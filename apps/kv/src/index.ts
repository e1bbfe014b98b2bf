// The store, for programs.
export { KvError, type KvErrorCode } from "./errors.ts";
export { type Change, Kv, type KvReport } from "./kv.ts";
export { type KvOptions, kv, openKv } from "./open.ts";
export { decodeUtf8, encodeUtf8 } from "./utf8.ts";
export type { FlushPoint } from "./volume.ts";
