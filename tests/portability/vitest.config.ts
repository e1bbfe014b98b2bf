import { tests } from "../../tooling/vitest.ts";

// The other engine has no JIT, and machines can be busy.
export default tests({ testTimeout: 240_000, hookTimeout: 120_000 });
