// ICMP: answers echoes, hands errors on to whom they concern, tells others what was not taken.
// @see RFC 792; RFC 1122, section 3.2.2
import { blit } from "@miou-solo5/bigstring";
import type { Counters } from "../counters.ts";
import type { Ipv4 } from "../ipv4/ipv4.ts";
import type { Transport } from "../network.ts";
import type { Packet } from "../packet.ts";
import type { Timers } from "../timers.ts";
import { Trouble } from "../trouble.ts";
import { read16, write16 } from "../wire/bytes.ts";
import { replaceWord } from "../wire/checksum.ts";
import { ICMP_ECHO, ICMP_ECHO_REPLY, icmpCode, icmpFault, icmpType } from "../wire/icmp.ts";
import { PROTOCOL_ICMP } from "../wire/ipv4.ts";
import { isIcmpError, readIcmpError } from "./errors-in.ts";
import { ErrorSender } from "./errors-out.ts";
import { Pinger } from "./pinger.ts";

export interface IcmpOptions {
  readonly network: Ipv4;
  readonly timers: Timers;
  readonly counters: Counters;
  readonly entropy: (into: Uint8Array) => void;
}

export class Icmp implements Transport {
  readonly protocol = PROTOCOL_ICMP;
  readonly pinger: Pinger;
  readonly #network: Ipv4;
  readonly #address: number;
  readonly #counters: Counters;
  readonly #trouble = new Trouble();

  constructor({ network, timers, counters, entropy }: IcmpOptions) {
    this.#network = network;
    this.#address = network.routes.place.address;
    this.#counters = counters;
    this.pinger = new Pinger(network, timers, entropy);
    const sender = new ErrorSender(network, timers, counters);
    network.onRefused = (packet, why) => sender.refuse(packet, why);
    network.attach(this);
  }

  receive(packet: Packet): boolean {
    const { bytes, offset } = packet;
    const fault = icmpFault(bytes, offset, packet.size);
    const type = icmpType(bytes, offset);
    if (fault !== null) this.#counters.drop(fault);
    // Nobody asks everybody for an echo but to drown somebody in answers (section 3.2.2.6 leaves it to us).
    else if (packet.isForMany) this.#counters.drop("icmp.broadcast");
    else if (type === ICMP_ECHO && icmpCode(bytes, offset) === 0) this.#answer(packet);
    else if (type === ICMP_ECHO_REPLY && icmpCode(bytes, offset) === 0) this.#replied(packet);
    else if (isIcmpError(type)) this.#handOn(packet);
    else this.#counters.drop("icmp.type");
    return true;
  }

  fail(trouble: Trouble): void {
    this.pinger.fail(trouble);
  }

  /**
   * The checksum is mended for the one word that changes, not computed anew: what our own memory or a bug of ours
   * did to the data is then found by the receiver, as it should be.
   */
  #answer(packet: Packet): void {
    const { bytes, offset, size } = packet;
    const { outgoing, headroom } = this.#network;
    blit(bytes, offset, outgoing, headroom, size);
    const checksum = read16(bytes, offset + 2);
    write16(outgoing, headroom, ICMP_ECHO_REPLY << 8);
    write16(outgoing, headroom + 2, replaceWord(checksum, ICMP_ECHO << 8, ICMP_ECHO_REPLY << 8));
    this.#counters.echoesAnswered++;
    this.#network.send(PROTOCOL_ICMP, packet.target, packet.source, outgoing, headroom, size);
  }

  #replied(packet: Packet): void {
    if (!this.pinger.receive(packet)) this.#counters.drop("icmp.unexpected");
  }

  #handOn(packet: Packet): void {
    const trouble = this.#trouble;
    const protocol = readIcmpError(packet, this.#address, trouble);
    if (protocol < 0 || !this.#network.fail(protocol, trouble)) this.#counters.drop("icmp.quote");
    trouble.forget();
  }
}
