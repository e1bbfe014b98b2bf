// The public surface of @miou-solo5/block.
export { Block, block, connect } from "./block.ts";
export { BlockError, type BlockErrorCode } from "./errors.ts";
