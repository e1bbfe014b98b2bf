// The answer to a segment of no connection.
// @see RFC 9293, section 3.10.7.1
import type { Address } from "../address.ts";
import type { Network } from "../network.ts";
import { ACK, RST, type Segment, TCP_HEADER_SIZE } from "../wire/segment.ts";
import { after } from "../wire/sequence.ts";
import { sealSegment, writeTcpHeader } from "../wire/tcp-header.ts";

const PROTOCOL_TCP = 6;

/** Sends the reset that the sender of `segment`, which is none itself, believes. */
export function refuse(network: Network, segment: Segment, remote: Address, local: Address): void {
  const { outgoing, headroom } = network;
  const isAcknowledging = segment.has(ACK);
  writeTcpHeader(
    outgoing,
    headroom,
    segment.targetPort,
    segment.sourcePort,
    isAcknowledging ? segment.acknowledgment : 0,
    isAcknowledging ? 0 : after(segment.sequence, segment.length),
    TCP_HEADER_SIZE,
    isAcknowledging ? RST : RST | ACK,
    0,
  );
  const pseudoHeader = network.pseudoHeader(local, remote, PROTOCOL_TCP, TCP_HEADER_SIZE);
  sealSegment(outgoing, headroom, TCP_HEADER_SIZE, pseudoHeader);
  network.send(PROTOCOL_TCP, local, remote, outgoing, headroom, TCP_HEADER_SIZE);
}
