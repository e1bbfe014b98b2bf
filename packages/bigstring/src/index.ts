// The public surface, and nothing else.
export {
  getInt32,
  getUint8,
  getUint16BE,
  getUint32BE,
  setInt32,
  setUint8,
  setUint16BE,
  setUint32BE,
} from "./access.ts";
export { blit, blitToBytes } from "./blit.ts";
export { compare, equal } from "./compare.ts";
export { BigstringError, type BigstringErrorCode } from "./errors.ts";
export { fill } from "./fill.ts";
export { blitFromString, blitToString } from "./latin1.ts";
