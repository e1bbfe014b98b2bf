// The addon as a file: what it needs of the machine that loads it, and what is said where there is none.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Programs } from "./kernel/program.ts";

const PACKAGE = fileURLToPath(new URL("../", import.meta.url));
const ADDON = join(PACKAGE, `prebuilds/linux-${process.arch}-glibc/miou-solo5.node`);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "miou-solo5-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the binary", () => {
  const symbols = execFileSync("objdump", ["-T", ADDON], { encoding: "utf8" }).split("\n");

  test("needs no glibc newer than 2.28, the oldest that Node 20 runs on", () => {
    const versions = symbols.flatMap((line) => /GLIBC_2\.(\d+)/.exec(line)?.[1] ?? []).map(Number);
    expect(versions.length).toBeGreaterThan(0);
    expect(Math.max(...versions)).toBeLessThanOrEqual(28);
  });

  test("needs the C library, Node-API and libuv, and nothing else", () => {
    const needed = execFileSync("objdump", ["-p", ADDON], { encoding: "utf8" });
    const libraries = [...needed.matchAll(/NEEDED +(\S+)/g)].map((match) => match[1]);
    for (const library of libraries) expect(library).toMatch(/^(libc|libm|ld-linux.*)\.so/);
    const free = symbols
      .filter((line) => line.includes("*UND*") && !line.includes("GLIBC") && !line.includes(" w "))
      .map((line) => line.split(/\s+/).at(-1) as string);
    expect(free.length).toBeGreaterThan(20);
    for (const name of free) expect(name).toMatch(/^(napi|uv)_/);
  });

  test("shows nothing but its registration", () => {
    const shown = symbols
      .filter((line) => line.includes(".text"))
      .map((line) => line.split(/\s+/).at(-1));
    expect(shown.sort()).toEqual(["napi_register_module_v1", "node_api_module_get_api_version_v1"]);
  });
});

describe("where no addon can be loaded", () => {
  const module = new URL("./programs/without-addon.ts", import.meta.url);
  const opening = async (addon: string): Promise<{ code: string; message: string }> => {
    const programs = new Programs();
    try {
      const program = programs.of<typeof import("./programs/without-addon.ts")>(module);
      return await program.open(addon);
    } finally {
      await programs.close();
    }
  };

  test("host() says so, and which command builds it", async () => {
    const error = await opening(join(folder, "nowhere.node"));
    expect(error.code).toBe("ERR_SOLO5_NO_ADDON");
    expect(error.message).toContain(`no addon for linux-${process.arch}`);
    expect(error.message).toMatch(/Build it .* with: node \S+\/native\/build\.mjs$/);
  });

  test("a file that is no addon is named as the cause", async () => {
    const file = join(folder, "broken.node");
    writeFileSync(file, "not a shared object");
    const error = await opening(file);
    expect(error.code).toBe("ERR_SOLO5_NO_ADDON");
    expect(error.message).toContain("broken.node");
  });
});

describe("building", () => {
  test("says what is missing where there is no compiler", () => {
    const { status, stderr } = spawnSync(process.execPath, [join(PACKAGE, "native/build.mjs")], {
      encoding: "utf8",
      env: { ...process.env, CXX: "no-such-compiler" },
    });
    expect(status).toBe(1);
    expect(stderr).toContain("no C++ compiler: no-such-compiler can't be run");
    expect(stderr).toContain("apt-get install g++");
  });

  test("says what is missing where there are no headers and none can be fetched", () => {
    const copy = join(folder, "bare");
    cpSync(join(PACKAGE, "native"), join(copy, "native"), { recursive: true });
    cpSync(join(PACKAGE, "package.json"), join(copy, "package.json"));
    const { status, stderr } = spawnSync(process.execPath, [join(copy, "native/build.mjs")], {
      encoding: "utf8",
      // Nobody listens there.
      env: {
        ...process.env,
        npm_config_registry: "http://127.0.0.1:9/",
        npm_config_fetch_retries: "0",
        npm_config_cache: join(folder, "npm-cache"),
      },
    });
    expect(status).toBe(1);
    expect(stderr).toContain("npm install --no-save node-addon-api node-api-headers");
  });

  test("works from a folder that has only what the package ships", () => {
    const copy = join(folder, "shipped");
    const { files } = JSON.parse(readFileSync(join(PACKAGE, "package.json"), "utf8"));
    expect(files).toContain("native");
    cpSync(join(PACKAGE, "native"), join(copy, "native"), { recursive: true });
    rmSync(join(copy, "native/test"), { recursive: true });
    symlinkSync(join(PACKAGE, "../../node_modules"), join(copy, "node_modules"));
    const built = execFileSync(process.execPath, [join(copy, "native/build.mjs")], {
      encoding: "utf8",
    }).trim();
    const addon = createdAddon(join(copy, built));
    expect(Object.keys(addon)).toEqual(["libc", "open"]);
  }, 60_000);
});

function createdAddon(path: string): object {
  const module = { exports: {} };
  process.dlopen(module, path);
  return module.exports;
}
