// What the compiler says in an installed project, with `skipLibCheck` off.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { root } from "../../repository/test/packages.ts";

export interface Surroundings {
  readonly resolution: "nodenext" | "bundler";
  readonly node: boolean;
  readonly dom: boolean;
}

/** Whether an entry brings our world to Node's: its declarations name Node's own types. */
export function isForNode(specifier: string): boolean {
  return specifier.endsWith("/node");
}

/** The faults of modules in `project`, texts by name, and of every declaration that they read. */
export function typeErrors(
  project: string,
  modules: Readonly<Record<string, string>>,
  { resolution = "nodenext", node = false, dom = false }: Partial<Surroundings> = {},
): string[] {
  const files = Object.entries(modules).map(([name, text]) => {
    const file = join(project, `${name}.ts`);
    writeFileSync(file, text);
    return file;
  });
  const isNode = resolution === "nodenext";
  const program = ts.createProgram(files, {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: false,
    // The compiler's own lib.dom.d.ts is not what is tested, and takes longer than all the rest.
    skipDefaultLibCheck: true,
    target: ts.ScriptTarget.ES2023,
    module: isNode ? ts.ModuleKind.NodeNext : ts.ModuleKind.ESNext,
    moduleResolution: isNode ? ts.ModuleResolutionKind.NodeNext : ts.ModuleResolutionKind.Bundler,
    lib: ["lib.es2023.d.ts", ...(dom ? ["lib.dom.d.ts"] : [])],
    types: node ? ["node"] : [],
    typeRoots: [join(root, "node_modules", "@types")],
  });
  return ts.getPreEmitDiagnostics(program).map(({ file: where, start = 0, messageText }) => {
    const line = where === undefined ? 0 : where.getLineAndCharacterOfPosition(start).line + 1;
    const name = where?.fileName.replace(`${project}/`, "") ?? "";
    return `${name}:${line} ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
  });
}
