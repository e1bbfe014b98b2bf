// All scenarios, and how an engine's driver starts one.
import { runTests } from "../recorder/vitest.ts";
import { deep } from "./deep.ts";
import { disks } from "./disks.ts";
import { networks } from "./networks.ts";
import { numbers } from "./numbers.ts";
import { programs } from "./programs.ts";
import { type Programs, type Progress, progress, type Scenario } from "./scenario.ts";
import { tasks } from "./tasks.ts";
import { transfers } from "./transfers.ts";
import { wording } from "./wording.ts";

const SCENARIOS: readonly Scenario[] = [
  tasks,
  numbers,
  networks,
  disks,
  transfers,
  deep,
  ...programs,
];

type Suites = Readonly<Record<string, () => Promise<unknown>>>;

export interface Player {
  /** Those that every engine must tell alike. */
  readonly names: readonly string[];
  start(name: string, seed: number): Progress;
}

export function player(suites: Suites, bundled: Programs): Player {
  const suiteScenarios = Object.entries(suites).map(
    ([name, load]): Scenario => ({ name, run: (note) => runTests(load, note) }),
  );
  const scenarios = [...SCENARIOS, ...suiteScenarios];
  return {
    names: scenarios.map(({ name }) => name),
    start: (name, seed) => {
      const scenario = [...scenarios, wording].find((one) => one.name === name);
      const told: Progress = { lines: [], hasEnded: false };
      if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
      void progress((note) => scenario.run(note, seed, bundled), told);
      return told;
    },
  };
}
