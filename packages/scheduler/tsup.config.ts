import { library } from "../../tooling/tsup.ts";

export default library({ entry: ["src/index.ts", "src/devices.ts", "src/testing.ts"] });
