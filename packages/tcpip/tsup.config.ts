import { library } from "../../tooling/tsup.ts";

export default library({ entry: ["src/wire.ts"] });
