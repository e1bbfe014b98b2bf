// A client for the simulation, on raw frames: what `ping` and a UDP socket are in the kernel.

import {
  clockMonotonic,
  equal,
  type Net,
  type Operation,
  type Suspended,
  s,
  withTimeout,
} from "miou-solo5";
import { getAddress, type Place } from "../src/address.ts";
import {
  ARP_REPLY,
  ARP_SENDER_ADDRESS,
  ARP_SENDER_MAC,
  arpOperation,
  writeArpRequest,
} from "../src/arp.ts";
import { addWords, isIntact } from "../src/checksum.ts";
import { copyMac, ETHERNET_SIZE, MAC_SIZE, TYPE_IPV4, writeEthernet } from "../src/ethernet.ts";
import { writeIcmpRequest } from "../src/icmp.ts";
import {
  IPV4_SIZE,
  ipv4Fault,
  ipv4PayloadSize,
  ipv4Protocol,
  PROTOCOL_ICMP,
  PROTOCOL_UDP,
  pseudoHeaderSum,
  writeIpv4,
} from "../src/ipv4.ts";
import { ECHO_PORT, writeUdp } from "../src/udp.ts";
import type { Row } from "./samples.ts";

const PAYLOAD = ETHERNET_SIZE + IPV4_SIZE;
/** ICMP echo and UDP have headers of the same size. */
const HEADER_SIZE = 8;
const OUR_PORT = 40_000;
const ANSWER_DURATION_MAX = s(1);

export class Asker {
  readonly #service: Net;
  readonly #ours: Place;
  readonly #theirs: Place;
  readonly #mac = new Uint8Array(MAC_SIZE);
  readonly #request: Uint8Array;
  readonly #reply: Uint8Array;
  readonly #read: Operation<number>;

  constructor(service: Net, ours: Place, theirs: Place) {
    this.#service = service;
    this.#ours = ours;
    this.#theirs = theirs;
    this.#request = new Uint8Array(service.frameSizeMax);
    this.#reply = new Uint8Array(service.frameSizeMax);
    this.#read = service.read(this.#reply);
  }

  /** Asks for the hardware address; everything else needs it. */
  *resolve(): Generator<Suspended, void, void> {
    const { mac } = this.#service;
    const { address } = this.#ours;
    const size = writeArpRequest(this.#request, mac, address, this.#theirs.address);
    this.#service.write(this.#request, 0, size);
    yield* withTimeout(ANSWER_DURATION_MAX, this.#read);
    const isAnswer =
      arpOperation(this.#reply) === ARP_REPLY &&
      getAddress(this.#reply, ARP_SENDER_ADDRESS) === this.#theirs.address;
    if (!isAnswer) throw new Error("what came is no answer to an ARP request");
    copyMac(this.#reply, ARP_SENDER_MAC, this.#mac, 0);
  }

  *ping(dataSize: number, count: number): Generator<Suspended, Row, void> {
    return yield* this.#ask(`ping, ${dataSize} bytes`, dataSize, count, (index) => {
      writeIcmpRequest(this.#request, PAYLOAD, 1, index, dataSize);
      return PROTOCOL_ICMP;
    });
  }

  *udp(dataSize: number, count: number): Generator<Suspended, Row, void> {
    return yield* this.#ask(`UDP echo, ${dataSize} bytes`, dataSize, count, () => {
      const from = { address: this.#ours.address, port: OUR_PORT };
      const to = { address: this.#theirs.address, port: ECHO_PORT };
      writeUdp(this.#request, PAYLOAD, from, to, dataSize);
      return PROTOCOL_UDP;
    });
  }

  /** One by one; `write` puts the header of 8 bytes before the data and says which protocol it is. */
  *#ask(
    what: string,
    dataSize: number,
    count: number,
    write: (index: number) => number,
  ): Generator<Suspended, Row, void> {
    const size = HEADER_SIZE + dataSize;
    const roundTrips: number[] = [];
    for (let index = 0; index < count; index++) {
      for (let i = 0; i < dataSize; i++) {
        this.#request[PAYLOAD + HEADER_SIZE + i] = (i * 7 + index * 13) & 255;
      }
      const protocol = write(index);
      writeIpv4(this.#request, protocol, this.#ours.address, this.#theirs.address, size);
      writeEthernet(this.#request, this.#mac, 0, this.#service.mac, TYPE_IPV4);
      const start = clockMonotonic();
      this.#service.write(this.#request, 0, PAYLOAD + size);
      try {
        const replySize = yield* withTimeout(ANSWER_DURATION_MAX, this.#read);
        if (this.#isEcho(protocol, replySize, size)) {
          roundTrips.push((clockMonotonic() - start) / 1e6);
        }
      } catch (error) {
        if ((error as { code?: unknown }).code !== "ERR_SOLO5_TIMEOUT") throw error;
      }
    }
    return { what, sent: count, answered: roundTrips.length, roundTrips };
  }

  /** Whether the answer is right in every header and carries the same data. */
  #isEcho(protocol: number, replySize: number, size: number): boolean {
    const reply = this.#reply;
    if (ipv4Fault(reply, replySize, this.#ours) !== undefined) return false;
    if (ipv4Protocol(reply) !== protocol || ipv4PayloadSize(reply) !== size) return false;
    const { address } = this.#ours;
    const pseudo =
      protocol === PROTOCOL_UDP ? pseudoHeaderSum(this.#theirs.address, address, size) : 0;
    if (!isIntact(addWords(pseudo, reply, PAYLOAD, size))) return false;
    const data = PAYLOAD + HEADER_SIZE;
    return equal(reply, data, this.#request, data, size - HEADER_SIZE);
  }
}
