// Beginnings that scripts share.

/** We opened; the other end's numbers go on at 101, ours at ISS+1. */
export const ESTABLISHED = established();

/** The same with what the other end's SYN-ACK is to say: window, mss, options. */
export function established(syn = "win 65535 mss 1000"): string {
  return `
    open
    < SYN seq ISS
    > SYN,ACK seq 100 ack ISS+1 ${syn}
    < ACK seq ISS+1 ack 101
    events CONNECTED
  `;
}

/**
 * Ten full segments of 1000 are under way: ISS+1 to ISS+10001. The initial window is all used up.
 */
export const FLIGHT = flight();

export function flight(syn = "win 65535 mss 1000"): string {
  const segments = Array.from(
    { length: 10 },
    (_, i) => `< ACK seq ISS+${1 + i * 1000} ack 101 len 1000`,
  );
  return `
    ${established(syn)}
    write 20000
    ${segments.join("\n")}
  `;
}
