// What a network device has done.

/** Totals since the device was connected; the last three are the world's, since the interface was made. */
export interface NetStatistics {
  /** Frames that reads gave to the program, and their bytes, Ethernet headers included. */
  framesReceived: number;
  bytesReceived: number;
  /** Frames that were written, also those that the link did not take. */
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
