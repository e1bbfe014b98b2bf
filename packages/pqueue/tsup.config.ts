import { library } from "../../tooling/tsup.ts";

export default library({
  entry: ["src/index.ts"],
  // Bundled, as the module that it also is: see docs/adr/0007-heap-js-is-bundled.md.
  noExternal: ["heap-js"],
  esbuildOptions: (options) => {
    options.mainFields = ["module", "main"];
  },
});
