import { tests } from "../../tooling/vitest.ts";

export default tests({
  globalSetup: ["test/setup.ts"],
  testTimeout: 120_000,
  hookTimeout: 240_000,
});
