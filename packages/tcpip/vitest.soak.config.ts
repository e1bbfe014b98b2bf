import { tests } from "../../tooling/vitest.ts";

// Long runs, for `npm run soak`: no part of `npm test`.
export default tests({ include: ["test/soak/*.soak.ts"], reporters: ["default"] });
