import { library } from "../../tooling/tsup.ts";

export default library({
  entry: ["src/index.ts", "src/layers.ts", "src/node.ts", "src/tcp.ts", "src/wire.ts"],
});
