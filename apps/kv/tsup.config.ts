import { library } from "../../tooling/tsup.ts";

export default library({
  entry: { index: "src/index.ts", main: "src/main.ts" },
  dts: false,
});
