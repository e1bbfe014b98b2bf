import { library } from "../../tooling/tsup.ts";

export default library({ entry: ["src/tcp.ts", "src/wire.ts"] });
