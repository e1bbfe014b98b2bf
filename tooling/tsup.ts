// The one build recipe of all packages: ESM, declarations, source maps, no names shortened.
import type { Options } from "tsup";

const DISPOSABLE_TYPES = '/// <reference lib="esnext.disposable" />';

export function library(options: Options): Options {
  return {
    format: "esm",
    target: "es2023",
    // Declarations name Symbol.dispose, which lib ES2023 lacks: the reference makes them complete.
    dts: { banner: DISPOSABLE_TYPES, compilerOptions: { paths: {} } },
    sourcemap: true,
    clean: true,
    splitting: true,
    // `node:fs` stays `node:fs`: other runtimes know no other name, and the import table looks for it.
    removeNodeProtocol: false,
    minify: false,
    ...options,
  };
}
