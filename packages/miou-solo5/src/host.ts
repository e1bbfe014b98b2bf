// The Linux host, for programs that attach their devices themselves.
export {
  BindingsError,
  type BindingsErrorCode,
  type BlockAttachment,
  type Host,
  type HostOptions,
  host,
  type InterfaceState,
  type NetAttachment,
} from "@miou-solo5/bindings";
