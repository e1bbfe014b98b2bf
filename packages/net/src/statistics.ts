// What a network device has done.

/** Totals since the device was connected; the last three since the interface was made. */
export interface NetStatistics {
  framesReceived: number;
  bytesReceived: number;
  framesSent: number;
  bytesSent: number;
  /** Frames that the world's side dropped before they could be read; 0 where it does not say. */
  receiveDropped: number;
  /** Frames that were longer than `frameSizeMax`, and dropped for that. */
  receiveOversized: number;
  /** Frames that were written and that the link did not take. */
  sendDropped: number;
}

export function createStatistics(): NetStatistics {
  return {
    framesReceived: 0,
    bytesReceived: 0,
    framesSent: 0,
    bytesSent: 0,
    receiveDropped: 0,
    receiveOversized: 0,
    sendDropped: 0,
  };
}
