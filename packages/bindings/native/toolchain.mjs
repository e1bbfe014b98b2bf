// Which compiler makes the addon for which machine, and what it has to be told.
//
// For this machine: g++, or what CXX names. For the others that a release carries, on Debian: the g++ that
// targets glibc there, and musl's headers and library from the package musl-dev. What the glue is made of lets
// that be enough for musl as well: nothing of libstdc++ is linked (runtime.cc), only its headers are read.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";

/** The machines that a release carries a binary for. */
export const TARGETS = [
  "linux-x64-glibc",
  "linux-x64-musl",
  "linux-arm64-glibc",
  "linux-arm64-musl",
];

const MACHINES = {
  x64: { name: "x86_64", debian: "amd64" },
  arm64: { name: "aarch64", debian: "arm64" },
};

/** A compiler that is missing, or an argument that names nothing: worded for who typed the command. */
export class ToolchainError extends Error {
  name = "ToolchainError";
}

/**
 * The compiler for `target`, or for this machine where that is undefined: `cxx`, flags for C and C++, flags
 * for the linker before the objects and after them. `folder` is for what has to be put together.
 */
export function toolchain(target, folder) {
  const own = process.env["CXX"] ?? "g++";
  if (target === undefined) {
    needs(
      own,
      "apt-get install g++, Fedora: dnf install gcc-c++, Alpine: apk add g++ linux-headers",
    );
    return forGlibcOrOwn(own, nativeTarget(own));
  }
  if (!TARGETS.includes(target)) {
    throw new ToolchainError(`no target ${target}; there are ${TARGETS.join(", ")}`);
  }
  if (runs(own) && nativeTarget(own) === target) return forGlibcOrOwn(own, target);
  const [, arch, libc] = target.split("-");
  const { name, debian } = MACHINES[arch];
  const cxx = `${name}-linux-gnu-g++`;
  const packages = arch === process.arch ? "g++" : `g++-${name}-linux-gnu`;
  needs(cxx, `apt-get install ${packages}`);
  return libc === "musl" ? forMusl(cxx, target, name, debian, folder) : forGlibcOrOwn(cxx, target);
}

function forGlibcOrOwn(cxx, target) {
  return { target, cxx, c: [], plusPlus: [], before: [], after: ["-lc", "-lm", "-lgcc"] };
}

function forMusl(cxx, target, machine, debian, folder) {
  const include = `/usr/include/${machine}-linux-musl`;
  const library = `/usr/lib/${machine}-linux-musl`;
  if (!existsSync(include) || !existsSync(library)) {
    const foreign = debian === MACHINES[process.arch]?.debian ? "" : `:${debian}`;
    const add = foreign === "" ? "" : `dpkg --add-architecture ${debian} && apt-get update && `;
    throw new ToolchainError(
      `no musl for ${machine}: ${include} is missing. Install it (Debian: ${add}apt-get install musl-dev${foreign})`,
    );
  }
  const searched = searchedFolders(cxx);
  const system = [include, printFile(cxx, "include"), kernelHeaders(searched, folder)];
  const libraryHeaders = searched.filter((path) => path.includes("/c++/"));
  const here = new URL("musl/libstdc++.h", import.meta.url).pathname;
  return {
    target,
    cxx,
    c: ["-nostdinc", ...system.flatMap((path) => ["-isystem", path])],
    plusPlus: [
      ...["-nostdinc", "-nostdinc++", "-include", here],
      ...[...libraryHeaders, ...system].flatMap((path) => ["-isystem", path]),
    ],
    // No start files: glibc's are not musl's, and the addon has no constructors.
    before: ["-nostdlib", `-L${library}`],
    after: ["-lc", "-lgcc"],
  };
}

/** musl has no headers of the kernel: those of the compiler's system, and nothing else from there. */
function kernelHeaders(searched, folder) {
  const target = join(folder, "kernel");
  mkdirSync(target, { recursive: true });
  for (const [name, file] of [
    ["linux", "linux/if_tun.h"],
    ["asm", "asm/types.h"],
    ["asm-generic", "asm-generic/types.h"],
  ]) {
    const found = searched.find((path) => existsSync(join(path, file)));
    if (found === undefined) throw new ToolchainError(`the kernel's ${file} is missing`);
    symlinkSync(join(found, name), join(target, name));
  }
  return target;
}

/** glibc or musl, as the compiler targets it. */
function nativeTarget(cxx) {
  const machine = execFileSync(cxx, ["-dumpmachine"], { encoding: "utf8" });
  return `linux-${process.arch}-${machine.includes("musl") ? "musl" : "glibc"}`;
}

/** Where the compiler looks for `#include <...>`, in its order. */
function searchedFolders(cxx) {
  const { stderr } = spawnSync(cxx, ["-v", "-E", "-x", "c++", "/dev/null"], { encoding: "utf8" });
  const list = /#include <\.\.\.> search starts here:\n(.*?)\nEnd of search list/s.exec(stderr);
  return (list?.[1] ?? "").split("\n").map((line) => line.trim());
}

function printFile(cxx, name) {
  return execFileSync(cxx, [`-print-file-name=${name}`], { encoding: "utf8" }).trim();
}

function runs(cxx) {
  return spawnSync(cxx, ["--version"], { stdio: "ignore" }).error === undefined;
}

function needs(cxx, packages) {
  const { error } = spawnSync(cxx, ["--version"], { stdio: "ignore" });
  if (error === undefined) return;
  throw new ToolchainError(
    `no C++ compiler: ${cxx} can't be run (${error.code}). Install it (Debian: ${packages}), or name another ` +
      "one in CXX",
  );
}
