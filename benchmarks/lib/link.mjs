// The one link that all rows on a TAP use.

export const LINK = {
  tap: "bench0",
  /** Who we are on it, and who the kernel is. */
  address: "10.7.0.2",
  kernel: "10.7.0.1",
  mac: "02:00:00:00:00:01",
  /** Frames that wait before the kernel drops some. */
  queue: 1024,
};
export const ETHERTYPE = 0x88b5;
