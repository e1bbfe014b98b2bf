// Records: a key that is set or deleted. A batch is some of them, one after the other, zeroes behind the last.
import { getUint16BE, getUint32BE, setUint16BE, setUint32BE } from "miou-solo5";
import { decodeUtf8 } from "./utf8.ts";

/** Kind (1 byte), size of the key (2), size of the value (4). */
export const RECORD_HEADER_SIZE = 7;
/** Bytes of a key's UTF-8. */
export const KEY_SIZE_MAX = 1024;
/** Bytes of the longest record that deletes. */
export const DELETION_SIZE_MAX = RECORD_HEADER_SIZE + KEY_SIZE_MAX;

const KIND_SET = 1;
const KIND_DELETE = 2;

/** A record of its own; `value` null deletes. Copies both. */
export function encodeRecord(key: Uint8Array, value: Uint8Array | null): Uint8Array {
  const record = new Uint8Array(recordSize(key.length, value?.length ?? 0));
  record[0] = value === null ? KIND_DELETE : KIND_SET;
  setUint16BE(record, 1, key.length);
  setUint32BE(record, 3, value?.length ?? 0);
  record.set(key, RECORD_HEADER_SIZE);
  if (value !== null) record.set(value, RECORD_HEADER_SIZE + key.length);
  return record;
}

export function recordSize(keySize: number, valueSize: number): number {
  return RECORD_HEADER_SIZE + keySize + valueSize;
}

/** A record as it was read, its value left where it is. */
export interface FoundRecord {
  readonly key: string;
  readonly keySize: number;
  /** Where the value begins, counted as the pieces are; null for a deletion. */
  readonly at: number | null;
  readonly valueSize: number;
}

/** Reads records from the pieces of a batch, of which it keeps none: a value may be as long as the log. */
export class RecordReader {
  readonly records: FoundRecord[] = [];
  readonly #head = new Uint8Array(DELETION_SIZE_MAX);
  #filled = 0;
  /** Bytes of a value that are still to come. */
  #skipping = 0;
  #hasEnded = false;

  /** Takes the next piece, whose first byte is number `at` of all. @throws {RangeError} for what is no record */
  feed(piece: Uint8Array, at: number): void {
    let offset = 0;
    while (offset < piece.length && !this.#hasEnded) {
      const rest = piece.length - offset;
      if (this.#skipping > 0) {
        const size = Math.min(this.#skipping, rest);
        this.#skipping -= size;
        offset += size;
      } else if (this.#filled === 0 && piece[offset] === 0) {
        this.#hasEnded = true;
      } else {
        const size = Math.min(this.#headSize - this.#filled, rest);
        this.#head.set(piece.subarray(offset, offset + size), this.#filled);
        this.#filled += size;
        offset += size;
        if (this.#filled === this.#headSize) this.#found(at + offset);
      }
    }
  }

  /** Whether the last piece ended where a record did. */
  get isWhole(): boolean {
    return this.#filled === 0 && this.#skipping === 0;
  }

  /** Bytes of header and key, as far as is known. */
  get #headSize(): number {
    if (this.#filled < RECORD_HEADER_SIZE) return RECORD_HEADER_SIZE;
    const keySize = getUint16BE(this.#head, 1);
    if (keySize <= KEY_SIZE_MAX) return RECORD_HEADER_SIZE + keySize;
    throw new RangeError(`a record's key has ${keySize} bytes, more than ${KEY_SIZE_MAX}`);
  }

  #found(at: number): void {
    // The header may have come alone: its key follows.
    if (this.#filled < this.#headSize) return;
    const head = this.#head;
    const key = decodeUtf8(head.subarray(RECORD_HEADER_SIZE, this.#filled));
    const valueSize = getUint32BE(head, 3);
    const isSet = head[0] === KIND_SET;
    if (key === null || (!isSet && (head[0] !== KIND_DELETE || valueSize > 0))) {
      throw new RangeError(
        `no record begins with ${head.subarray(0, RECORD_HEADER_SIZE).join(" ")}`,
      );
    }
    const keySize = this.#filled - RECORD_HEADER_SIZE;
    this.records.push({ key, keySize, at: isSet ? at : null, valueSize });
    this.#filled = 0;
    this.#skipping = valueSize;
  }
}
