// The engines, each in a worker: what they do does not stop the tests' own event loop.
import { Worker } from "node:worker_threads";

/** What came of a scenario. */
export interface Told {
  readonly lines: readonly string[];
  readonly hasEnded: boolean;
}

export interface PlayOptions {
  /** One after the other in the same realm; 1 if not given. */
  readonly seeds?: readonly number[];
  /** Evaluated before the script. */
  readonly prelude?: string;
  /** ES2023 and no more: without `Symbol.dispose`. Node's engine only. */
  readonly isOld?: boolean;
}

export interface Engine {
  /**
   * Plays a scenario of a bundle, in a realm of its own: what came of it for each seed. Fails where the engine
   * itself does.
   */
  play(script: string, name: string, options?: PlayOptions): Promise<readonly Told[]>;
  /** What an expression gives behind the script, as text. */
  evaluate(script: string, expression: string, prelude?: string): Promise<string>;
}

/** The interpreter's calls are calls of WebAssembly, each larger than one of the script. */
const STACK_SIZE_MB = 16;

function engine(file: string): Engine {
  const ask = (data: object): Promise<string[]> =>
    new Promise((resolve, reject) => {
      const answers: string[] = [];
      const worker = new Worker(new URL(`./engines/${file}`, import.meta.url), {
        workerData: {
          prelude: "",
          name: null,
          seeds: [1],
          expression: null,
          isOld: false,
          ...data,
        },
        resourceLimits: { stackSizeMb: STACK_SIZE_MB },
      });
      worker.on("message", (told: string) => answers.push(told));
      worker.on("error", reject);
      worker.on("exit", () => resolve(answers));
    });
  return {
    async play(script, name, options = {}) {
      const answers = await ask({ ...options, script, name });
      return answers.map((told) => JSON.parse(told) as Told);
    },
    async evaluate(script, expression, prelude = "") {
      const [answer = ""] = await ask({ script, expression, prelude });
      return answer;
    },
  };
}

export const node: Engine = engine("node.mjs");
export const quickjs: Engine = engine("quickjs.mjs");
