// The public surface of @miou-solo5/bindings.
export { BindingsError, type BindingsErrorCode, type BindingsErrorOptions } from "./errors.ts";
export { type Host, host, type InterfaceState } from "./host.ts";
export type { BlockAttachment, HostOptions, NetAttachment } from "./options.ts";
export { type TapOptions, tapCreate, tapDelete } from "./tap.ts";
