// The network device of the rows on a TAP, attached as a program of a user's would.
import { readSync, writeSync } from "node:fs";
import { net, run } from "miou-solo5";
import { host } from "miou-solo5/host";
import { ETHERTYPE, LINK } from "./link.mjs";

/** Runs `main` with the device and gives what it returns. */
export function withService(main) {
  const solo5 = attach();
  return run([net("service")], main, { solo5 }).finally(() => solo5.close());
}

export function attach() {
  return host({ net: { service: { tap: LINK.tap, mac: LINK.mac } } });
}

/** Calls `act(solo5, handle, info)` without a scheduler, in the world's own calls. */
export function withHandle(act) {
  const solo5 = attach();
  try {
    const info = solo5.netAcquire("service");
    return act(solo5, info.handle, info);
  } finally {
    solo5.close();
  }
}

export function say(byte) {
  writeSync(1, byte);
}

/** Waits for the partner's byte, with the thread blocked. */
export function hear() {
  if (readSync(0, Buffer.alloc(1), 0, 1, null) !== 1) throw new Error("the partner has ended");
}

/** A frame that no protocol of the kernel takes. */
export function testFrame(size) {
  const frame = new Uint8Array(size);
  frame.set([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, ETHERTYPE >> 8, ETHERTYPE & 255]);
  return frame;
}

/** Whether the frame at `offset` is one of the partner's, and not what the kernel says by itself. */
export function isTest(bytes, offset) {
  return bytes[offset + 12] === ETHERTYPE >> 8 && bytes[offset + 13] === (ETHERTYPE & 255);
}
