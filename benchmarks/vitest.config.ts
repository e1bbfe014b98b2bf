import { tests } from "../tooling/vitest.ts";

export default tests({ testTimeout: 600_000, hookTimeout: 600_000 });
