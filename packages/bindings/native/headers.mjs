// The headers of Node-API: those that npm has installed, else fetched from npm for this one build.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { ToolchainError } from "./toolchain.mjs";

const PACKAGES = [
  { name: "node-api-headers", folder: "include" },
  { name: "node-addon-api", folder: "" },
];

/** The folders to search; what isn't installed goes to `folder`. */
export function headers(folder) {
  const installed = found(import.meta.url);
  if (installed !== null) return installed;
  const { devDependencies } = JSON.parse(
    readFileSync(new URL("../package.json", import.meta.url), "utf8"),
  );
  const wanted = PACKAGES.map(({ name }) => `${name}@${devDependencies[name]}`);
  process.stderr.write(`fetching ${wanted.join(" and ")} from npm\n`);
  const command = ["install", "--prefix", folder, "--no-save", "--ignore-scripts"];
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  const { status } = spawnSync("npm", [...command, ...quiet, ...wanted], {
    stdio: ["ignore", process.stderr, process.stderr],
  });
  const fetched = status === 0 ? found(join(folder, "build.mjs")) : null;
  if (fetched !== null) return fetched;
  throw new ToolchainError(
    "the headers of Node-API are missing and could not be fetched: run " +
      "`npm install --no-save node-addon-api node-api-headers` first",
  );
}

function found(from) {
  const require = createRequire(from);
  try {
    return PACKAGES.map(({ name, folder }) =>
      join(dirname(require.resolve(`${name}/package.json`)), folder),
    );
  } catch {
    return null;
  }
}
