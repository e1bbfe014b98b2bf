import { library } from "../../tooling/tsup.ts";

export default library({
  entry: {
    index: "src/index.ts",
    main: "src/main.ts",
    "demo/main": "demo/main.ts",
    "demo/inside": "demo/inside.ts",
  },
  // Two copies of a scheduler must not come of it.
  external: [/^@miou-solo5\//],
  dts: false,
});
