// `@miou-solo5/tcpip/wire`: headers and checksums as pure functions over byte buffers.
export { read16, read32, write16, write32 } from "./wire/bytes.ts";
export { addWords, checksumOf, fold, isIntact, replaceWord } from "./wire/checksum.ts";
export {
  ACK,
  FIN,
  PSH,
  parseSegment,
  RST,
  SACK_BLOCKS_MAX,
  Segment,
  SYN,
  TCP_HEADER_SIZE,
  URG,
} from "./wire/segment.ts";
export { after, distance, earlier, isAtMost, isBefore, later } from "./wire/sequence.ts";
export { isSealed, sealSegment, writeTcpHeader } from "./wire/tcp-header.ts";
export {
  MSS_OPTION_SIZE,
  OPTIONS_SIZE_MAX,
  SACK_PERMITTED_OPTION_SIZE,
  sackOptionSize,
  TIMESTAMPS_OPTION_SIZE,
  WINDOW_SCALE_OPTION_SIZE,
  writeMss,
  writeSackPermitted,
  writeSacks,
  writeTimestamps,
  writeWindowScale,
} from "./wire/tcp-options.ts";
