// What engines do not tell alike: the scenario that the comparison must find.
import type { Scenario } from "./scenario.ts";

export const wording: Scenario = {
  name: "an engine's own words",
  run(note) {
    note("a line that is the same everywhere");
    try {
      (undefined as unknown as { call(): void }).call();
    } catch (error) {
      note(String(error));
    }
  },
};
