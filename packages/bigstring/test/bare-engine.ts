import { readFileSync } from "node:fs";
import { createContext, runInContext } from "node:vm";
import ts from "typescript";

/**
 * Loads the package's sources into a fresh JavaScript realm that has the language's own globals, those
 * given, and nothing of Node's: the nearest thing here to the engine of a unikernel.
 */
export function loadInBareEngine(
  globals: Readonly<Record<string, unknown>>,
): typeof import("../src/index.ts") {
  const context = createContext({ ...globals });
  const loaded = new Map<string, object>();
  const load = (location: URL): object => {
    const known = loaded.get(location.href);
    if (known !== undefined) return known;
    const exports = {};
    loaded.set(location.href, exports);
    const { outputText } = ts.transpileModule(readFileSync(location, "utf8"), {
      compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
    });
    const evaluate = runInContext(`(function (exports, require) {${outputText}\n})`, context, {
      filename: location.pathname,
    });
    evaluate(exports, (path: string) => load(new URL(path, location)));
    return exports;
  };
  return load(new URL("../src/index.ts", import.meta.url)) as typeof import("../src/index.ts");
}
