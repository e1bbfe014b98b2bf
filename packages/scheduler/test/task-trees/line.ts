// The order in which those who wait for one thing must get it: that of their arrival.

export interface Ticket {
  /** It was interrupted and is out of the line. */
  leave(): void;
  /** It got what it came for, in this step. */
  serve(step: number): void;
}

export class Line {
  readonly #faults: string[];
  readonly #what: string;
  #waiting: { overtaken: boolean }[] = [];

  /** Whether only one has it at a time. */
  readonly #isExclusive: boolean;

  constructor(faults: string[], what: string, isExclusive: boolean) {
    this.#faults = faults;
    this.#what = what;
    this.#isExclusive = isExclusive;
  }

  /** `mustWait`: whether it arrives when nothing is free. `step`: when. */
  arrive(mustWait: boolean, step: number): Ticket {
    const mine = { overtaken: false };
    if (mustWait) this.#waiting.push(mine);
    const leave = () => {
      this.#waiting = this.#waiting.filter((other) => other !== mine);
    };
    return {
      leave,
      serve: (now) => {
        if (mine.overtaken) this.#faults.push(`${this.#what} was given out of turn`);
        // Where there are several, those in line may have been given theirs and not be back yet; and one that
        // was free may have made its task wait all the same, after too many ready operations.
        if (!mustWait && (!this.#isExclusive || now !== step)) return;
        // Those before it must have been interrupted: else they will say that they were overtaken.
        const place = mustWait ? this.#waiting.indexOf(mine) : this.#waiting.length;
        for (const other of this.#waiting.slice(0, place)) other.overtaken = true;
        leave();
      },
    };
  }
}
