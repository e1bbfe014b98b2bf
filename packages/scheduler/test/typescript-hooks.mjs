// The module hooks behind load-typescript.mjs.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const packages = new URL("../../", import.meta.url);
const compilerOptions = { target: "ES2023", module: "ESNext" };

export function resolve(specifier, context, next) {
  const name = /^@miou-solo5\/([a-z]+)$/.exec(specifier)?.[1];
  if (name === undefined) return next(specifier, context);
  return { url: new URL(`${name}/src/index.ts`, packages).href, shortCircuit: true };
}

export async function load(url, context, next) {
  if (!url.endsWith(".ts")) return next(url, context);
  const text = readFileSync(fileURLToPath(url), "utf8");
  const { outputText } = ts.transpileModule(text, { compilerOptions });
  return { format: "module", source: outputText, shortCircuit: true };
}
