// The module hooks behind load-typescript.mjs.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const packages = new URL("../../", import.meta.url);
const compiled = new URL("../test-results/compiled/", import.meta.url);

export function resolve(specifier, context, next) {
  const name = /^@miou-solo5\/([a-z]+)$/.exec(specifier)?.[1];
  if (name === undefined) return next(specifier, context);
  return { url: new URL(`${name}/src/index.ts`, packages).href, shortCircuit: true };
}

export async function load(url, context, next) {
  if (!url.endsWith(".ts")) return next(url, context);
  return { format: "module", source: await javascript(fileURLToPath(url)), shortCircuit: true };
}

/** Loading the compiler takes a second, so each text is compiled once. */
async function javascript(path) {
  const text = readFileSync(path, "utf8");
  const file = new URL(`${createHash("sha256").update(text).digest("hex")}.js`, compiled);
  if (existsSync(file)) return readFileSync(file, "utf8");
  const { default: ts } = await import("typescript");
  const compilerOptions = { target: "ES2023", module: "ESNext" };
  const { outputText } = ts.transpileModule(text, { compilerOptions });
  mkdirSync(compiled, { recursive: true });
  writeFileSync(file, outputText);
  return outputText;
}
