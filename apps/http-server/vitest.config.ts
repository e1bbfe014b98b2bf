import { tests } from "../../tooling/vitest.ts";

export default tests();
