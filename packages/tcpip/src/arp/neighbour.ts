// One host on the link: its hardware address as far as it is known, and the packets that wait for it.
import { blitToBytes } from "@miou-solo5/bigstring";
import type { Timer } from "../timers.ts";
import { ETHERNET_SIZE, MAC_SIZE } from "../wire/ethernet.ts";

/** A packet that waits: room for the Ethernet header, then the packet. */
export interface Waiting {
  readonly frame: Uint8Array;
  /** What it counts for: its bytes, and what keeping it costs besides. */
  readonly cost: number;
}

const COST_OF_KEEPING = 256;

export class Neighbour {
  readonly address: number;
  /** Others are reached by it: it never makes room, and is asked for however much else is. */
  readonly isGateway: boolean;
  /** 6 bytes; meaningful while `isKnown`. */
  readonly mac = new Uint8Array(MAC_SIZE);
  isKnown = false;
  /** We have something to send to it; else it only asked for us. */
  isWanted = false;
  /** When its hardware address was last heard from it. */
  confirmedAt = 0;
  /** When a packet for it was last sent. */
  usedAt = 0;
  /** Requests since it last answered. */
  requests = 0;
  /** Runs while its owner is asked. */
  readonly timer: Timer;
  waiting: Waiting[] = [];
  waitingCost = 0;

  constructor(address: number, isGateway: boolean, timer: Timer) {
    this.address = address;
    this.isGateway = isGateway;
    this.timer = timer;
  }

  /** Keeps a copy of the packet at `offset`. */
  hold(bytes: Uint8Array, offset: number, size: number): Waiting {
    const frame = new Uint8Array(ETHERNET_SIZE + size);
    blitToBytes(bytes, offset, frame, ETHERNET_SIZE, size);
    const waiting = { frame, cost: frame.length + COST_OF_KEEPING };
    this.waiting.push(waiting);
    this.waitingCost += waiting.cost;
    return waiting;
  }

  /** Takes out the packet that has waited longest. */
  dropOldest(): Waiting | undefined {
    const waiting = this.waiting.shift();
    this.waitingCost -= waiting?.cost ?? 0;
    return waiting;
  }

  takeAll(): readonly Waiting[] {
    const { waiting } = this;
    this.waiting = [];
    this.waitingCost = 0;
    return waiting;
  }
}
