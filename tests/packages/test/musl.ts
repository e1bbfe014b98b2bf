// Musl on a machine whose own C library is glibc: programs made for it, and a Node.

import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { inject } from "vitest";
import { root } from "../../repository/test/packages.ts";
import { elfOf } from "./elf.ts";
import { fromNpm } from "./nodes.ts";
import { output } from "./npm.ts";
import type { Target } from "./setup.ts";

const programs = fileURLToPath(new URL("programs/", import.meta.url));
const native = join(root, "packages/bindings/native");

/** A machine as Debian and the kernel call it. */
export function machineOf(target: Target): string {
  return target.includes("arm64") ? "aarch64" : "x86_64";
}

/** Musl's loader, which is its library as well. */
export function loaderOf(target: Target): string {
  return `/lib/ld-musl-${machineOf(target)}.so.1`;
}

interface Tools {
  readonly cxx: string;
  readonly c: readonly string[];
  readonly before: readonly string[];
  readonly after: readonly string[];
}

async function tools(target: Target): Promise<{ tools: Tools; folder: string }> {
  const folder = mkdtempSync(join(inject("folder"), "musl-"));
  const { href } = pathToFileURL(join(native, "toolchain.mjs"));
  const module = (await import(/* @vite-ignore */ href)) as {
    toolchain(target: Target, folder: string): Tools;
  };
  return { tools: module.toolchain(target, folder), folder };
}

/** The C library's own test program, linked with musl. */
export async function hostTestFor(target: Target): Promise<string> {
  const { tools: use, folder } = await tools(target);
  const library = `/usr/lib/${machineOf(target)}-linux-musl`;
  const file = join(folder, "host-test");
  const text = readFileSync(join(native, "test/host-test.c"), "utf8");
  const wrapped = new Set([...text.matchAll(/\b__wrap_(\w+)\(/g)].map((match) => match[1]));
  const sources = readdirSync(join(native, "host")).filter((name) => name.endsWith(".c"));
  await output(use.cxx, [
    ...["-std=c11", "-g", "-O2", "-static", "-no-pie", ...use.c],
    ...[...wrapped].map((name) => `-Wl,--wrap=${name}`),
    ...use.before,
    ...["crt1.o", "crti.o"].map((name) => join(library, name)),
    // The driver of C++ forgets `-x c` after one file.
    ...[...sources.map((name) => join("host", name)), "test/host-test.c"].flatMap((name) => [
      ...["-x", "c", join(native, name)],
    ]),
    ...["-x", "none"],
    ...[...use.after, join(library, "crtn.o"), "-o", file],
  ]);
  return file;
}

/** `programs/load-addon.c` for the machine of `addon`, with stubs for all that the addon needs of Node. */
export async function loaderFor(target: Target, addon: string): Promise<string> {
  const { tools: use, folder } = await tools(target);
  const library = `/usr/lib/${machineOf(target)}-linux-musl`;
  const file = join(folder, "load-addon");
  const names = elfOf(addon).undefined.map(({ name }) => name);
  const stubs = names.filter((name) => /^(napi|uv)_/.test(name)).map((name) => `STUB(${name})\n`);
  writeFileSync(join(folder, "stubs.h"), stubs.join(""));
  await output(use.cxx, [
    ...["-std=c11", "-no-pie", "-rdynamic", `-I${folder}`, ...use.c, ...use.before],
    ...["crt1.o", "crti.o"].map((name) => join(library, name)),
    ...["-x", "c", join(programs, "load-addon.c"), "-x", "none"],
    ...[...use.after, join(library, "crtn.o")],
    ...[`-Wl,-dynamic-linker,${loaderOf(target)}`, "-o", file],
  ]);
  return file;
}

const PNPM = { name: "@pnpm/linuxstatic-x64", version: "11.21.0" };
/** In a program made of Node and a script: whether the script is to be run. */
const FUSE = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";

export interface NodeOnMusl {
  readonly file: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Why there can be no Node on musl here, or null. */
export async function whyNoNodeOnMusl(): Promise<string | null> {
  if (process.arch !== "x64") return "the Node for musl that npm has is for x64";
  if (!existsSync(loaderOf("linux-x64-musl"))) return "musl is not installed (musl-tools)";
  if ((await staticLibrary()) === null) return "libstdc++_pic.a is not installed";
  return null;
}

/**
 * A Node for musl. Neither nodejs.org nor npm has one by itself, but pnpm's executable for musl is Node 26 with
 * pnpm's script in it (both MIT): with its fuse off it is only Node. It needs a libstdc++ for musl, which
 * Debian doesn't have: this is put together from the static one made for glibc.
 */
export async function nodeOnMusl(): Promise<NodeOnMusl> {
  const packed = await fromNpm(PNPM.name, PNPM.version, "pnpm");
  const folder = mkdtempSync(join(inject("folder"), "node-on-musl-"));
  const file = join(folder, "node");
  const bytes = readFileSync(packed);
  const at = bytes.indexOf(`${FUSE}:1`);
  if (at < 0) throw new Error(`${PNPM.name} ${PNPM.version} has no fuse`);
  bytes[at + FUSE.length + 1] = "0".charCodeAt(0);
  writeFileSync(file, bytes, { mode: 0o755 });
  const libraries = join(folder, "lib");
  mkdirSync(libraries);
  await buildLibraries(packed, libraries);
  return { file, env: { LD_LIBRARY_PATH: libraries } };
}

async function buildLibraries(node: string, into: string): Promise<void> {
  const print = async (name: string): Promise<string> =>
    (await output("g++", [`-print-file-name=${name}`])).trim();
  copyFileSync(await print("libgcc_s.so.1"), join(into, "libgcc_s.so.1"));
  const has = new Set(elfOf(await print("libstdc++.so.6")).defined);
  const wanted = elfOf(node).undefined.map(({ name }) => name);
  const taken = [
    ...wanted.filter((name) => has.has(name)),
    ...["_ZSt4cout", "_ZSt4cerr", "_ZNSt8ios_base4InitC1Ev"],
  ];
  const object = join(into, "shim.o");
  const shim = join(programs, "libstdc++-on-musl.c");
  await output("gcc", ["-O2", "-fPIC", "-fno-builtin", "-c", shim, "-o", object]);
  await output("gcc", [
    ...["-shared", "-nostdlib", "-o", join(into, "libstdc++.so.6"), "-Wl,-soname,libstdc++.so.6"],
    ...[await print("crtbeginS.o"), object, ...taken.map((name) => `-Wl,-u,${name}`)],
    ...[(await staticLibrary()) as string, await print("crtendS.o"), join(into, "libgcc_s.so.1")],
    ...["-L/usr/lib/x86_64-linux-musl", "-lc"],
  ]);
}

/** Position-independent, unlike libstdc++.a. */
async function staticLibrary(): Promise<string | null> {
  const path = (await output("g++", ["-print-file-name=libstdc++_pic.a"])).trim();
  return existsSync(path) ? path : null;
}
