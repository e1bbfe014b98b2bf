// Whether PROGRAM is a file that this Node can run.
import { accessSync, constants, statSync } from "node:fs";
import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { quoted } from "./option-values.ts";

const JAVASCRIPT: ReadonlySet<string> = new Set([".js", ".mjs"]);
const TYPESCRIPT: ReadonlySet<string> = new Set([".ts", ".mts"]);

/** What `import` wants for a path as the user gave it. */
export function programUrl(program: string): string {
  return pathToFileURL(resolve(program)).href;
}

/** Why `program` can't be run, or undefined. */
export function programFault(program: string): string | undefined {
  const extension = extname(program);
  if (!JAVASCRIPT.has(extension) && !TYPESCRIPT.has(extension)) {
    return `PROGRAM is a .js, .mjs or .ts file, and got ${quoted(program)}`;
  }
  try {
    if (statSync(program).isDirectory()) return `PROGRAM ${program} is a directory`;
    accessSync(program, constants.R_OK);
  } catch (error) {
    return unreadable(program, error);
  }
  return TYPESCRIPT.has(extension) && !runsTypeScript() ? noTypeScript(program) : undefined;
}

function unreadable(program: string, error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return `there is no PROGRAM ${program}`;
  if (code === "EACCES") return `no permission to read PROGRAM ${program}; chmod +r would give it`;
  return `PROGRAM ${program} can't be read: ${error instanceof Error ? error.message : error}`;
}

/** The fault of a TypeScript program where this Node has nothing to run it with. */
export function noTypeScript(program: string): string {
  return (
    `this Node (${process.version}) can't run TypeScript, as PROGRAM ${program} is; ` +
    "use Node 22.18 or later, or build the program to .js first"
  );
}

/**
 * Whether Node strips types by itself, or a loader was asked for that may (tsx, for one). A loader
 * can only be tried: one that can't either makes the import fail with ERR_UNKNOWN_FILE_EXTENSION.
 */
function runsTypeScript(): boolean {
  const { typescript } = process.features as { readonly typescript?: string | false };
  if (typescript !== undefined && typescript !== false) return true;
  const { NODE_OPTIONS = "" } = process.env;
  const given = `${process.execArgv.join(" ")} ${NODE_OPTIONS}`;
  return /(^|\s)(--import|--loader|--experimental-loader|--require|-r)\b/.test(given);
}
