// The Linux host, for programs that attach their devices themselves.
export {
  BindingsError,
  type BindingsErrorCode,
  type HostOptions,
  host,
} from "@miou-solo5/bindings";
