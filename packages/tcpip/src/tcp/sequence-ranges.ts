// Ranges of sequence numbers: what came ahead of order, or what the other end says came so.
import { distance, earlier, isAtMost, isBefore, later } from "../wire/sequence.ts";

/** More ranges than this are not remembered: the memory of a hostile pattern is bounded. */
const COUNT_MAX = 64;
const FIRST_COUNT = 8;
const WORDS = 3;

/**
 * Disjoint ranges in order, each from its first number to the one behind its last.
 *
 * Memory: none while empty; 12 bytes a range, at most 64 ranges.
 */
export class SequenceRanges {
  count = 0;
  /** Triples: start, end, and when it was last added to. */
  #words: Int32Array | null = null;
  #clock = 0;

  start(index: number): number {
    return (this.#words as Int32Array)[index * WORDS] as number;
  }

  end(index: number): number {
    return (this.#words as Int32Array)[index * WORDS + 1] as number;
  }

  /** Greater for ranges that were added to later. */
  age(index: number): number {
    return (this.#words as Int32Array)[index * WORDS + 2] as number;
  }

  /**
   * Adds `start` to `end` (not empty) and joins it with what it touches. False where nothing was new, or where
   * it would be one range too many.
   */
  add(start: number, end: number): boolean {
    let first = 0;
    while (first < this.count && isBefore(this.end(first), start)) first++;
    let last = first;
    while (last < this.count && isAtMost(this.start(last), end)) last++;
    // The ranges from `first` up to `last` touch the new one.
    if (first === last) return this.#insert(first, start, end);
    const isNew =
      last - first > 1 || isBefore(start, this.start(first)) || isBefore(this.end(first), end);
    const joinedStart = earlier(start, this.start(first));
    const joinedEnd = later(end, this.end(last - 1));
    this.#set(first, joinedStart, joinedEnd);
    this.#close(first + 1, last);
    return isNew;
  }

  /** Forgets everything before `sequence`. */
  removeBefore(sequence: number): void {
    let gone = 0;
    while (gone < this.count && isAtMost(this.end(gone), sequence)) gone++;
    if (gone > 0) this.#close(0, gone);
    if (this.count === 0) this.#words = null;
    else if (isBefore(this.start(0), sequence)) (this.#words as Int32Array)[0] = sequence;
  }

  clear(): void {
    this.count = 0;
    this.#words = null;
  }

  /** How many numbers from `start` up to `end` are in no range. */
  missing(start: number, end: number): number {
    let total = distance(start, end);
    if (total <= 0) return 0;
    for (let i = 0; i < this.count; i++) {
      const overlap = distance(later(start, this.start(i)), earlier(end, this.end(i)));
      if (overlap > 0) total -= overlap;
    }
    return total;
  }

  /** The first number from `sequence` on that is in no range. */
  firstMissing(sequence: number): number {
    let at = sequence;
    for (let i = 0; i < this.count && isAtMost(this.start(i), at); i++) at = later(at, this.end(i));
    return at;
  }

  /** Where the first range behind `sequence` starts; `end` where there is none before that. */
  nextStart(sequence: number, end: number): number {
    for (let i = 0; i < this.count; i++) {
      if (isBefore(sequence, this.start(i))) return earlier(this.start(i), end);
    }
    return end;
  }

  /**
   * Writes up to `max` ranges into `sacks`, the one added to last first, and tells how many.
   * @see RFC 2018, section 4
   */
  latest(sacks: Int32Array, max: number): number {
    const count = Math.min(max, this.count);
    let before = 0x7fffffff;
    for (let i = 0; i < count; i++) {
      let best = -1;
      for (let j = 0; j < this.count; j++) {
        if (this.age(j) < before && (best < 0 || this.age(j) > this.age(best))) best = j;
      }
      before = this.age(best);
      sacks[2 * i] = this.start(best);
      sacks[2 * i + 1] = this.end(best);
    }
    return count;
  }

  #insert(index: number, start: number, end: number): boolean {
    if (this.count === COUNT_MAX) return false;
    let words = this.#words;
    if (words === null || words.length === this.count * WORDS) {
      const grown = new Int32Array(Math.max(FIRST_COUNT, 2 * this.count) * WORDS);
      if (words !== null) grown.set(words);
      this.#words = words = grown;
    }
    words.copyWithin((index + 1) * WORDS, index * WORDS, this.count * WORDS);
    this.count++;
    this.#set(index, start, end);
    return true;
  }

  #set(index: number, start: number, end: number): void {
    const words = this.#words as Int32Array;
    words[index * WORDS] = start;
    words[index * WORDS + 1] = end;
    words[index * WORDS + 2] = ++this.#clock;
  }

  #close(first: number, last: number): void {
    this.#words?.copyWithin(first * WORDS, last * WORDS, this.count * WORDS);
    this.count -= last - first;
  }
}
