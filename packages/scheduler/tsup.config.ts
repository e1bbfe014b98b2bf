import { library } from "../../tooling/tsup.ts";

export default library({
  entry: ["src/index.ts", "src/devices.ts", "src/testing.ts"],
  // All that runs at each step in one file: a binding of another file is looked up at each use, which costs a tenth of a
  // task switch. `devices.ts` imports everything for that, and esbuild would leave out what "sideEffects" calls unneeded.
  esbuildOptions: (options) => {
    options.ignoreAnnotations = true;
    // Constants stand where they are used. Top-level ones become variables in a bundle, which V8 looks up each time.
    options.minifySyntax = true;
  },
});
