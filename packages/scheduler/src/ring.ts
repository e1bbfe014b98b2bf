// A first-in, first-out queue in one array that grows by doubling and shrinks when it runs empty.

const CAPACITY_MIN = 64;
const CAPACITY_KEPT = 4096;

export class Ring<T> {
  #items: (T | undefined)[] = new Array(CAPACITY_MIN);
  #mask = CAPACITY_MIN - 1;
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(item: T): void {
    if (this.#length > this.#mask) this.#grow();
    this.#items[(this.#head + this.#length) & this.#mask] = item;
    this.#length++;
  }

  /** Puts `item` before all others. */
  unshift(item: T): void {
    if (this.#length > this.#mask) this.#grow();
    this.#head = (this.#head - 1) & this.#mask;
    this.#items[this.#head] = item;
    this.#length++;
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & this.#mask;
    this.#length--;
    if (this.#length === 0 && this.#mask >= CAPACITY_KEPT) this.clear();
    return item;
  }

  peek(): T | undefined {
    return this.#items[this.#head];
  }

  clear(): void {
    this.#items = new Array(CAPACITY_MIN);
    this.#mask = CAPACITY_MIN - 1;
    this.#head = 0;
    this.#length = 0;
  }

  #grow(): void {
    const capacity = (this.#mask + 1) * 2;
    const items: (T | undefined)[] = new Array(capacity);
    for (let i = 0; i < this.#length; i++) items[i] = this.#items[(this.#head + i) & this.#mask];
    this.#items = items;
    this.#mask = capacity - 1;
    this.#head = 0;
  }
}
