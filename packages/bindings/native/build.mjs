// Builds the addon for this machine: `node native/build.mjs`.
//
//   --target NAME   for another machine, say linux-arm64-musl; several times for several
//   --all           for every machine that a release carries
//   --into FOLDER   elsewhere than in prebuilds/
//   --sanitize      with the sanitizers, into build/sanitized/: for tests
//
// Needs g++ and, from npm, node-addon-api and node-api-headers, which it fetches where they are not
// installed. What Node-API promises holds for every Node from 20 on, so one binary serves them all. It
// writes a line for each, the file's path.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { headers } from "./headers.mjs";
import { TARGETS, ToolchainError, toolchain } from "./toolchain.mjs";

const NODE_API_VERSION = 8; // asynchronous clean-up hooks
const native = dirname(fileURLToPath(import.meta.url));
const root = dirname(native);

try {
  main();
} catch (error) {
  process.exitCode = 1;
  process.stderr.write(`native/build.mjs: ${reasonOf(error)}\n`);
}

function main() {
  if (process.platform !== "linux") {
    throw new ToolchainError(`the host is Linux only; this is ${process.platform}`);
  }
  const { values } = parseArgs({
    options: {
      target: { type: "string", multiple: true, default: [] },
      all: { type: "boolean", default: false },
      into: { type: "string" },
      sanitize: { type: "boolean", default: false },
    },
  });
  const { all, sanitize } = values;
  // Only what is published lies in prebuilds.
  const into = resolve(values.into ?? join(root, sanitize ? "build/sanitized" : "prebuilds"));
  const targets = all ? TARGETS : values.target;
  mkdirSync(into, { recursive: true });
  // Beside the result, so that it gets to its place in one step.
  const scratch = mkdtempSync(join(into, ".build-"));
  try {
    for (const target of targets.length > 0 ? targets : [undefined]) {
      const file = build({ target, into, sanitize, scratch });
      process.stdout.write(`${relative(root, file)}\n`);
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function build({ target, into, sanitize, scratch }) {
  const objects = mkdtempSync(join(scratch, "objects-"));
  const tools = toolchain(target, objects);
  const [nodeHeaders, glueHeaders] = headers(scratch);
  const common = [
    ...(sanitize ? ["-O1", "-g", "-fsanitize=address,undefined"] : ["-O2"]),
    "-Wall",
    "-Wextra",
    "-fPIC",
    "-fvisibility=hidden",
    "-ffunction-sections",
    "-fdata-sections",
    "-fno-plt", // one jump less a call; after a system call the processor predicts none of them
    `-I${native}`,
    "-isystem",
    nodeHeaders,
  ];
  const plusPlus = [
    "-std=c++17",
    "-fno-exceptions",
    "-fno-rtti",
    "-fno-threadsafe-statics",
    `-DNAPI_VERSION=${NODE_API_VERSION}`,
    "-DNAPI_DISABLE_CPP_EXCEPTIONS",
    "-isystem",
    glueHeaders,
  ];
  const compile = (source, flags) => {
    const object = join(objects, `${relative(native, source).replaceAll("/", "-")}.o`);
    execFileSync(tools.cxx, [...flags, "-c", source, "-o", object], { stdio: "inherit" });
    return object;
  };
  const built = [
    ...sources(join(native, "host"), ".c").map((source) =>
      compile(source, ["-x", "c", "-std=c11", ...tools.c, ...common]),
    ),
    ...sources(native, ".cc")
      .filter((source) => !(sanitize && source.endsWith("runtime.cc")))
      .map((source) => compile(source, [...tools.plusPlus, ...common, ...plusPlus])),
  ];
  const output = join(objects, "miou-solo5.node");
  execFileSync(
    tools.cxx,
    [
      "-shared",
      // No libstdc++: see runtime.cc. (The sanitizers bring their own, which must be preloaded as
      // well.)
      ...(sanitize ? ["-fsanitize=address,undefined"] : ["-s", "-nodefaultlibs"]),
      `-Wl,--version-script=${join(native, "exports.map")}`,
      "-Wl,--gc-sections",
      "-Wl,-z,now",
      ...tools.before,
      ...built,
      ...tools.after,
      "-o",
      output,
    ],
    { stdio: "inherit" },
  );
  // In one step, so that a process that loads it meanwhile sees the old one or the new one.
  const addon = join(into, tools.target, "miou-solo5.node");
  mkdirSync(dirname(addon), { recursive: true });
  renameSync(output, addon);
  return addon;
}

function sources(folder, ending) {
  return readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(folder, name));
}

function reasonOf(error) {
  if (error instanceof ToolchainError || error.code?.startsWith("ERR_PARSE_ARGS")) {
    return error.message;
  }
  return `the compiler failed${error.status === undefined ? `: ${error.message}` : ""}`;
}
