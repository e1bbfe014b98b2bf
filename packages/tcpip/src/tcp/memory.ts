// The memory that the text of all connections takes, and who gets how much of it where it is short.

import { TcpipError } from "../errors.ts";

/** What each connection is promised when it begins: the first part of both of its rings. */
export const RING_SIZE_MIN = 2048;
export const CONNECTION_SIZE_MIN: number = 2 * RING_SIZE_MIN;

export const MEMORY_MAX_DEFAULT: number = 256 * 1024 * 1024;
/** Room for 16 connections, and for little else. */
const MEMORY_MAX_MIN = 16 * CONNECTION_SIZE_MIN;

/** Of all the memory, this share is kept for the beginnings of new connections. */
const BEGINNINGS_SHARE = 1 / 8;
/** Of what is left a ring may count on so much, so that windows become smaller as memory becomes short. */
const RING_SHARE = 1 / 8;

/**
 * A bound for all connections of a stack together.
 *
 * A connection begins only where its first part can be had; that stays its own, so that it always goes on, however slowly.
 * Beyond it, rings grow while there is memory. Windows are told by what is left (a share of it for each), so
 * they become smaller before it runs out: what was promised already and can't be kept is dropped and counted, as if it were
 * lost on its way.
 */
export class TextMemory {
  readonly sizeMax: number;
  #used = 0;
  /** Hears that something was turned away. */
  onRefused: () => void = () => {};

  /** `sizeMax` in bytes; Infinity for no bound. */
  constructor(sizeMax: number) {
    this.sizeMax = sizeMax;
  }

  /** Bytes that are promised or taken. Never above `sizeMax`. */
  get used(): number {
    return this.#used;
  }

  /** Bytes by which a ring may count on growing. */
  get share(): number {
    return Math.floor(Math.max(0, this.#growable * RING_SHARE));
  }

  /** Promises the first part of a new connection; false where it can't be had. */
  begin(): boolean {
    if (this.#used + CONNECTION_SIZE_MIN > this.sizeMax) {
      this.onRefused();
      return false;
    }
    this.#used += CONNECTION_SIZE_MIN;
    return true;
  }

  end(): void {
    this.#used -= CONNECTION_SIZE_MIN;
  }

  /** Gives a ring `size` bytes more than its first part; false where they can't be had. */
  take(size: number): boolean {
    if (size > this.#growable) return false;
    this.#used += size;
    return true;
  }

  giveBack(size: number): void {
    this.#used -= size;
  }

  get #growable(): number {
    return this.sizeMax * (1 - BEGINNINGS_SHARE) - this.#used;
  }
}

/** For connections without a stack. */
export const UNBOUNDED: TextMemory = new TextMemory(Infinity);

/** @throws {TcpipError} ERR_SOLO5_OUT_OF_RANGE */
export function requireMemoryMax(memoryMax: number): void {
  if (memoryMax >= MEMORY_MAX_MIN) return;
  throw new TcpipError(
    "ERR_SOLO5_OUT_OF_RANGE",
    `memoryMax is at least ${MEMORY_MAX_MIN} bytes, got ${memoryMax}`,
  );
}
