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

/** The faults of a module in `project` and of every declaration that it reads. */
export function typeErrors(
  project: string,
  text: string,
  { resolution = "nodenext", node = false, dom = false }: Partial<Surroundings> = {},
): string[] {
  const file = join(project, `types-${resolution}${node ? "-node" : ""}${dom ? "-dom" : ""}.ts`);
  writeFileSync(file, text);
  const isNode = resolution === "nodenext";
  const program = ts.createProgram([file], {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: false,
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
