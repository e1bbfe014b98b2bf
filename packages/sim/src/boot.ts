// From one start of a machine to its crash: the world that its programs see meanwhile, and the run that is under way.
import type { Run, Solo5 } from "@miou-solo5/scheduler";
import { machineSolo5, type Parts } from "./solo5.ts";
import { crashed } from "./waiting.ts";

export class Boot {
  readonly solo5: Solo5;
  readonly #machine: string;
  #hasCrashed = false;
  /** Ends the result of the run that `started` was told of. */
  #fail: (error: Error) => void = () => {};

  constructor(machine: string, parts: Omit<Parts, "isRunning">) {
    this.#machine = machine;
    this.solo5 = machineSolo5({ ...parts, isRunning: () => !this.#hasCrashed });
  }

  /** The same run, which fails when the machine crashes: its own result would never come. */
  started<T>(run: Run<T>): Run<T> {
    const result = new Promise<T>((resolve, reject) => {
      run.result.then(resolve, reject);
      this.#fail = (error) => {
        // Whoever lets a machine crash knows that its program is gone; that need not be awaited.
        result.catch(() => {});
        reject(error);
      };
    });
    const cancel = async (): Promise<void> => {
      // Begins at once; ends with the run, or with the machine.
      run.cancel();
      await result.catch(() => {});
    };
    return { result, cancel };
  }

  /**
   * Nothing of this boot has an effect any more: no task gets another step, no `finally` runs. Only a program
   * that crashed its own machine ends its turn, in which every call fails.
   */
  crash(): void {
    this.#hasCrashed = true;
    Object.assign(this.solo5, deadCalls(this.solo5, this.#machine));
    this.#fail(crashed(this.#machine));
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
