// The least that a scheduler over generators can be: a ring of tasks and nothing else, no check of anything. What
// ours costs beyond it is the price of its rules.

export const SUSPENDED = { done: false, value: undefined };
const DONE = { done: true, value: undefined };

export class BareTask {
  resumes = false;
  value = undefined;
  awaiter = null;

  constructor(iterator) {
    this.iterator = iterator;
  }
}

export class BareRing {
  #tasks = new Array(65536);
  #head = 0;
  #length = 0;
  current = null;

  /** Goes to the tail: one object that all tasks share. */
  yieldNow = {
    [Symbol.iterator]() {
      return this;
    },
    next: () => {
      const task = this.current;
      if (task.resumes) {
        task.resumes = false;
        return DONE;
      }
      task.resumes = true;
      this.push(task);
      return SUSPENDED;
    },
  };

  spawn(iterator) {
    const task = new BareTask(iterator);
    this.push(task);
    return task;
  }

  push(task) {
    this.#tasks[(this.#head + this.#length++) & 65535] = task;
  }

  run() {
    while (this.#length > 0) {
      const task = this.#tasks[this.#head];
      this.#head = (this.#head + 1) & 65535;
      this.#length--;
      this.current = task;
      const result = task.iterator.next();
      if (!result.done) continue;
      task.value = result.value;
      if (task.awaiter !== null) this.push(task.awaiter);
    }
  }
}
