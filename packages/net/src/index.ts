// The public surface of @miou-solo5/net.
export { NetError, type NetErrorCode } from "./errors.ts";
export { connect, Net, net } from "./net.ts";
export type { NetStatistics } from "./statistics.ts";
