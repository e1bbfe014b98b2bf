// From one start of a machine to its crash: the world that its programs see meanwhile, and the run that is under way.
import { inspect, type Run, type Solo5 } from "@miou-solo5/scheduler";
import { machineSolo5, type Parts } from "./solo5.ts";
import { crashed } from "./waiting.ts";

export class Boot {
  readonly solo5: Solo5;
  readonly #machine: string;
  #hasCrashed = false;
  #run: Run<unknown> | null = null;
  /** Ends the result of the run that `started` was told of. */
  #fail: (error: Error) => void = () => {};

  constructor(machine: string, parts: Omit<Parts, "isRunning">) {
    this.#machine = machine;
    this.solo5 = machineSolo5({ ...parts, isRunning: () => !this.#hasCrashed });
  }

  /** The same run, and the same object, which `inspect` knows; but it fails when the machine crashes. */
  started<T>(run: Run<T>): Run<T> {
    this.#run = run;
    const { result: own } = run;
    const cancelOwn = run.cancel.bind(run);
    const result = new Promise<T>((resolve, reject) => {
      own.then(resolve, reject);
      this.#fail = (error) => {
        // Whoever lets a machine crash knows that its program is gone; that need not be awaited.
        result.catch(() => {});
        reject(error);
      };
    });
    const cancel = async (): Promise<void> => {
      // Begins at once; ends with the run, or with the machine.
      cancelOwn();
      await result.catch(() => {});
    };
    return Object.assign(run, { result, cancel });
  }

  /**
   * Nothing of this boot has an effect any more: no task gets another step, no `finally` runs. Only a program
   * that crashed its own machine ends its turn, in which every call fails.
   */
  crash(): void {
    // A run that has ended settles its result in a microtask, which may come later than this.
    const ended = this.#run !== null && inspect(this.#run).root.state === "ended";
    this.#hasCrashed = true;
    Object.assign(this.solo5, deadCalls(this.solo5, this.#machine));
    if (!ended) this.#fail(crashed(this.#machine));
  }
}

function deadCalls(solo5: Solo5, machine: string): Partial<Solo5> {
  const dead: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(solo5)) {
    if (typeof value !== "function") continue;
    dead[name] = () => {
      throw crashed(machine);
    };
  }
  // Who waits on a machine that is off is not told: it waits.
  dead["wait"] = () => ({ cancel: () => {} });
  return dead;
}
