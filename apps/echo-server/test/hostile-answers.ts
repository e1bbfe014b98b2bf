// What an echo to a hostile frame may be, written from the RFCs and without the code under test.

import type { Scene } from "../../../tooling/hostile-frames.ts";
import { datagram, pseudo, same, sum, word } from "./soundness.ts";

/** Services that answer whatever they get (RFC 862 to 868), and 0: an answer could never end. */
const PORTS_THAT_ANSWER = [0, 7, 13, 17, 19, 37];
const NOBODY = [0, 0, 0, 0, 0, 0];
const EVERYBODY = [255, 255, 255, 255, 255, 255];

/**
 * Why `answer` is not what a station may echo to `request`, or null where it is right to the byte.
 *
 * The station's network is taken to be a /24. IPv4 goes where ARP has said last, and whoever the attacker
 * is has a say in that: any one station will do.
 */
export function answerFault(request: Uint8Array, answer: Uint8Array, scene: Scene): string | null {
  if (answer.length < 14) return "no Ethernet header";
  if (answer.length > request.length) return "longer than the request";
  const to = answer.subarray(0, 6);
  if (((to[0] as number) & 1) !== 0) return "to a group";
  if (same(to, NOBODY)) return "to nobody";
  if (same(to, scene.mac)) return "to itself";
  if (!same(answer.subarray(6, 12), scene.mac)) return "from somebody else";
  if (((request[6] as number) & 1) !== 0) return "to a frame from a group";
  if (same(request.subarray(6, 12), scene.mac)) return "to a frame in its own name";
  if (same(request.subarray(6, 12), NOBODY)) return "to a frame from nobody";
  const isOurs = same(request.subarray(0, 6), scene.mac);
  if (!isOurs && !same(request.subarray(0, 6), EVERYBODY)) return "to a frame for somebody else";
  const type = word(request, 12);
  if (word(answer, 12) !== type) return "of another type";
  if (type === 0x0806) return arpFault(request, answer, scene);
  if (type === 0x0800) return isOurs ? ipv4Fault(request, answer, scene) : "to a broadcast";
  return `to a frame of type ${type}`;
}

/** Whether a frame of the station's asks where the attacker is. */
export function isQuestion(frame: Uint8Array, { attackerAddress }: Scene): boolean {
  const isRequest = word(frame, 12) === 0x0806 && word(frame, 20) === 1;
  return isRequest && same(frame.subarray(38, 42), attackerAddress);
}

/** The attacker's reply to such a question. */
export function replyTo({ mac, address, attackerMac, attackerAddress }: Scene): Uint8Array {
  const head = [...mac, ...attackerMac, 8, 6, 0, 1, 8, 0, 6, 4, 0, 2];
  return Uint8Array.from([...head, ...attackerMac, ...attackerAddress, ...mac, ...address]);
}

/** Whether it is an ARP reply, or an echo to the attacker; all else the station sends of its own accord. */
export function isEcho(frame: Uint8Array, { attackerAddress }: Scene): boolean {
  if (word(frame, 12) === 0x0806) return word(frame, 20) === 2;
  if (!same(frame.subarray(30, 34), attackerAddress) || isFragment(frame)) return false;
  return (frame[23] === 1 && frame[34] === 0) || (frame[23] === 17 && word(frame, 34) === 7);
}

export function isFragment(frame: Uint8Array): boolean {
  return word(frame, 12) === 0x0800 && frame.length >= 34 && (word(frame, 20) & 0x3fff) !== 0;
}

function arpFault(request: Uint8Array, answer: Uint8Array, { mac, address }: Scene): string | null {
  if (request.length < 42) return "to a short ARP packet";
  const asked = request.subarray(14, 22);
  if (!same(asked, [0, 1, 8, 0, 6, 4, 0, 1])) return "to what is no ARP request";
  if (!same(request.subarray(38, 42), address)) return "to a question for another address";
  const asker = request.subarray(22, 32);
  if (!same(request.subarray(28, 32), [0, 0, 0, 0])) {
    const fault = hostFault(request.subarray(28, 32), address);
    if (fault !== null) return `ARP: ${fault}`;
  }
  const wanted = [...request.subarray(22, 28), ...mac, 8, 6, 0, 1, 8, 0, 6, 4, 0, 2];
  return same(answer, [...wanted, ...mac, ...address, ...asker]) ? null : "a wrong ARP reply";
}

function ipv4Fault(request: Uint8Array, answer: Uint8Array, scene: Scene): string | null {
  const inner = datagram(request);
  if (typeof inner === "string") return `to a request with ${inner}`;
  const outer = datagram(answer);
  if (typeof outer === "string") return `with ${outer}`;
  const source = request.subarray(26, 30);
  const hostProblem = hostFault(source, scene.address);
  if (hostProblem !== null) return hostProblem;
  if (!same(request.subarray(30, 34), scene.address)) return "to a datagram for somebody else";
  if (!same(answer.subarray(26, 30), scene.address)) return "from another address";
  if (!same(answer.subarray(30, 34), source)) return "to another address";
  if (answer.length !== 14 + word(answer, 16)) return "with bytes behind the datagram";
  if (answer[14] !== 0x45) return "with options";
  // A request that has arrived may have none left (RFC 1122, section 3.2.1.7).
  if (answer[22] === 0) return "without time to live";
  if (request[23] !== answer[23]) return "in another protocol";
  if (request[23] === 1) return icmpFault(inner, outer);
  if (request[23] === 17) return udpFault(request, inner, answer, outer);
  return `to protocol ${request[23]}`;
}

function icmpFault(request: Uint8Array, answer: Uint8Array): string | null {
  if (request.length < 8 || request[0] !== 8 || request[1] !== 0) return "to no ping";
  if (sum(request) !== 0xffff) return "to a ping with a wrong checksum";
  if (answer[0] !== 0 || answer[1] !== 0) return "no echo reply";
  if (sum(answer) !== 0xffff) return "with a wrong ICMP checksum";
  return same(answer.subarray(4), request.subarray(4)) ? null : "with other data";
}

function udpFault(
  request: Uint8Array,
  question: Uint8Array,
  answer: Uint8Array,
  reply: Uint8Array,
): string | null {
  const size = word(question, 4);
  if (question.length < 8 || size < 8 || size > question.length) return "to UDP of a wrong size";
  const asked = question.subarray(0, size);
  if (word(question, 2) !== 7) return "to another port";
  if (PORTS_THAT_ANSWER.includes(word(question, 0))) return "to a port that answers";
  if (word(question, 6) !== 0 && sum(pseudo(request, asked)) !== 0xffff) {
    return "to UDP with a wrong checksum";
  }
  if (reply.length !== size || word(reply, 4) !== size) return "of another size";
  if (word(reply, 0) !== 7 || word(reply, 2) !== word(question, 0)) return "with wrong ports";
  if (word(reply, 6) === 0) return "without a UDP checksum";
  if (sum(pseudo(answer, reply)) !== 0xffff) return "with a wrong UDP checksum";
  return same(reply.subarray(8), asked.subarray(8)) ? null : "with other data";
}

/** Why an address is not that of one other host. */
function hostFault(address: Uint8Array, own: Uint8Array): string | null {
  const first = address[0] as number;
  if (first === 0 || first === 127 || first >= 224) return "to what is no host";
  if (same(address, own)) return "to its own address";
  const isNear = same(address.subarray(0, 3), own.subarray(0, 3));
  if (isNear && (address[3] === 0 || address[3] === 255)) return "to a whole network";
  return null;
}
