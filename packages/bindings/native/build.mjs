// Builds the addon for this machine: `node native/build.mjs`.
//
// Needs g++ and, from npm, node-addon-api and node-api-headers; downloads nothing. What Node-API promises holds for
// every Node from 20 on, so one binary serves them all.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const NODE_API_VERSION = 8; // asynchronous clean-up hooks
const native = dirname(fileURLToPath(import.meta.url));
const root = dirname(native);

function fail(message) {
  process.stderr.write(`native/build.mjs: ${message}\n`);
  process.exit(1);
}

/** The folder of a package's headers, or the end of the build with what to install. */
function headers(name, folder) {
  const require = createRequire(import.meta.url);
  try {
    return join(dirname(require.resolve(`${name}/package.json`)), folder);
  } catch {
    return fail(
      `the headers of ${name} are missing: run \`npm install --no-save node-addon-api node-api-headers\` first`,
    );
  }
}

function compiler() {
  const name = process.env["CXX"] ?? "g++";
  const { error } = spawnSync(name, ["--version"], { stdio: "ignore" });
  if (error === undefined) return name;
  return fail(
    `no C++ compiler: ${name} can't be run (${error.code}). Install it (Debian: apt-get install g++, ` +
      "Fedora: dnf install gcc-c++, Alpine: apk add g++ linux-headers), or name another one in CXX",
  );
}

/** glibc or musl, as the compiler targets it. */
function libc(cxx) {
  const machine = execFileSync(cxx, ["-dumpmachine"], { encoding: "utf8" });
  return machine.includes("musl") ? "musl" : "glibc";
}

function sources(folder, ending) {
  return readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(folder, name));
}

if (process.platform !== "linux") fail(`the host is Linux only; this is ${process.platform}`);

const cxx = compiler();
const target = join(root, "prebuilds", `linux-${process.arch}-${libc(cxx)}`);
const sanitize = process.argv.includes("--sanitize");
mkdirSync(target, { recursive: true });
const objects = mkdtempSync(join(target, "objects-"));

const common = [
  ...(sanitize ? ["-O1", "-g", "-fsanitize=address,undefined"] : ["-O2"]),
  "-Wall",
  "-Wextra",
  "-fPIC",
  "-fvisibility=hidden",
  "-ffunction-sections",
  "-fdata-sections",
  `-I${native}`,
  "-isystem",
  headers("node-api-headers", "include"),
];
const plusPlus = [
  ...common,
  "-std=c++17",
  "-fno-exceptions",
  "-fno-rtti",
  "-fno-threadsafe-statics",
  `-DNAPI_VERSION=${NODE_API_VERSION}`,
  "-DNAPI_DISABLE_CPP_EXCEPTIONS",
  "-isystem",
  headers("node-addon-api", ""),
];

function compile(source, flags, index) {
  const object = join(objects, `${index}.o`);
  execFileSync(cxx, [...flags, "-c", source, "-o", object], { stdio: "inherit" });
  return object;
}

try {
  const built = [
    ...sources(join(native, "host"), ".c").map((source, index) =>
      compile(source, ["-x", "c", "-std=c11", ...common], `c${index}`),
    ),
    ...sources(native, ".cc").map((source, index) => compile(source, plusPlus, `cc${index}`)),
  ];
  const output = join(objects, "miou-solo5.node");
  execFileSync(
    cxx,
    [
      "-shared",
      ...(sanitize ? ["-fsanitize=address,undefined"] : ["-s"]),
      // No libstdc++: see runtime.cc.
      "-nodefaultlibs",
      `-Wl,--version-script=${join(native, "exports.map")}`,
      "-Wl,--gc-sections",
      "-Wl,-z,now",
      ...built,
      "-lc",
      "-lm",
      "-o",
      output,
    ],
    { stdio: "inherit" },
  );
  // In one step, so that a process that loads it meanwhile sees the old one or the new one.
  const name = sanitize ? "miou-solo5-sanitized.node" : "miou-solo5.node";
  renameSync(output, join(target, name));
  process.stdout.write(`${relative(root, join(target, name))}\n`);
} catch (error) {
  process.exitCode = 1;
  process.stderr.write(
    `native/build.mjs: the compiler failed${error.status === undefined ? `: ${error.message}` : ""}\n`,
  );
} finally {
  rmSync(objects, { recursive: true, force: true });
}
