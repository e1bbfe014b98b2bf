// The addons of the packed `bindings`: what each needs, whether it runs where it is meant to, and what happens
// where none fits.

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { elfOf } from "./elf.ts";
import {
  hostTestFor,
  loaderFor,
  loaderOf,
  machineOf,
  nodeOnMusl,
  whyNoNodeOnMusl,
} from "./musl.ts";
import { nodeOf } from "./nodes.ts";
import { output } from "./npm.ts";
import { expectProbe } from "./probe.ts";
import { install, type Project } from "./project.ts";
import { TARGETS, type Target } from "./setup.ts";

const names = inject("tarballs").map(({ name }) => name);
const missing = inject("missing");
const MUSL = ["linux-x64-musl", "linux-arm64-musl"] as const;
const QEMU = "qemu-aarch64-static";

let project: Project;
beforeAll(async () => {
  project = await install(names, ["--ignore-scripts"]);
});

function addonOf(target: Target): string {
  const package_ = join(project.folder, "node_modules/@miou-solo5/bindings");
  return join(package_, "prebuilds", target, "miou-solo5.node");
}

/** How a program of that machine is started here; null where it can't be. */
function runner(target: Target): string[] | null {
  if (machineOf(target) === machineOf(`linux-${process.arch}-glibc` as Target)) return [];
  try {
    execFileSync(QEMU, ["--version"], { stdio: "ignore" });
    return [QEMU];
  } catch {
    return null;
  }
}

/** Why something can't be tried here. */
function reason(target: Target): string {
  return missing[target] ?? `${machineOf(target)} can't be run here: ${QEMU} is missing`;
}

describe.each(TARGETS)("the addon for %s", (target) => {
  test.skipIf(missing[target])("needs its C library, Node-API and libuv, and nothing else", () => {
    const file = addonOf(target);
    const { machine, libraries, undefined: needed, defined } = elfOf(file);
    expect(machine).toMatch(target.includes("arm64") ? /^AArch64$/ : /X86-64$/);
    expect(defined).toEqual(["napi_register_module_v1", "node_api_module_get_api_version_v1"]);
    expect(statSync(file).size).toBeLessThan(200_000);
    const ofLibrary = needed.filter(({ name }) => !/^((napi|uv)_|$)/.test(name));
    expect(needed.length).toBeGreaterThan(ofLibrary.length + 20);
    if (target.includes("musl")) {
      expect(libraries).toEqual(["libc.so"]);
      const has = new Set(elfOf(loaderOf(target)).defined);
      expect(ofLibrary.filter(({ name }) => !has.has(name))).toEqual([]);
      expect(ofLibrary.filter(({ version }) => version !== null)).toEqual([]);
    } else {
      for (const library of libraries) expect(library).toMatch(/^(libc|libm|ld-linux[\w-]*)\.so/);
      const strong = ofLibrary.filter(({ weak }) => !weak);
      for (const { name, version } of strong) {
        const [, minor = "none"] = /^GLIBC_2\.(\d+)/.exec(version ?? "") ?? [];
        // What the README promises.
        expect(Number(minor), `${name} ${version}`).toBeLessThanOrEqual(25);
      }
    }
  });
});

describe.each(MUSL)("with the musl of %s", (target) => {
  const command = runner(target);

  test("its own addon is loaded, and glibc's is refused", async ({ skip }) => {
    if (missing[target] !== undefined || command === null) return skip(reason(target));
    const program = [...command, await loaderFor(target, addonOf(target))];
    const [file = "", ...before] = program;
    expect(await output(file, [...before, addonOf(target)])).toBe("loaded\n");
    const other = addonOf(target.replace("musl", "glibc") as Target);
    await expect(output(file, [...before, other])).rejects.toThrow("gnu_get_libc_version");
  });

  test("the C library passes its own tests", async ({ skip }) => {
    if (missing[target] !== undefined || command === null) return skip(reason(target));
    const [file = "", ...before] = [...command, await hostTestFor(target)];
    const folder = mkdtempSync(join(inject("folder"), "host-test-"));
    expect(await output(file, [...before, folder])).toBe("every check holds\n");
  });
});

test("the addon for x64 and musl is what a Node on musl loads and uses", async ({ skip }) => {
  const why = missing["linux-x64-musl"] ?? (await whyNoNodeOnMusl());
  if (why !== null) return skip(why);
  const node = await nodeOnMusl();
  const env = { ...project.env, ...node.env };
  await expectProbe({ ...project, env }, [node.file], {
    version: "26.0.0",
    arch: "x64",
    addon: "linux-x64-musl",
  });
});

test("the addon for arm64 and glibc is what a Node for arm64 loads and uses", async ({ skip }) => {
  const target = "linux-arm64-glibc";
  const command = runner(target);
  if (missing[target] !== undefined || command === null) return skip(reason(target));
  const version = "22.23.3";
  const system = command.length === 0 ? [] : ["-L", "/usr/aarch64-linux-gnu"];
  const [file = "", ...words] = [...command, ...system, await nodeOf(version, "arm64")];
  // qemu is not where the bare path looks.
  const env = { ...project.env, PATH: process.env["PATH"] };
  await expectProbe({ ...project, env }, [file, ...words], {
    ...{ version, arch: "arm64", addon: target },
  });
});

describe("where no addon fits", () => {
  const program = `
    import { host } from "@miou-solo5/bindings";
    try {
      host({}).close();
      console.log("opened");
    } catch (error) {
      console.log(error.code + " " + error.message);
    }`;
  const opened = (): Promise<string> =>
    output(process.execPath, ["--input-type=module", "--eval", program], {
      cwd: project.folder,
      env: project.env,
    });

  test("host() says so, and the command that it gives builds one", async () => {
    const prebuilds = join(project.folder, "node_modules/@miou-solo5/bindings/prebuilds");
    expect(await opened()).toBe("opened\n");
    renameSync(prebuilds, `${prebuilds}-elsewhere`);
    const fault = await opened();
    expect(fault).toMatch(/^ERR_SOLO5_NO_ADDON there is no addon for linux-/);
    const [, command = ""] = /with: (node \S+\/native\/build\.mjs)$/m.exec(fault) ?? [];

    // Without a compiler it says which package has one.
    const shell = (env: NodeJS.ProcessEnv): Promise<string> =>
      output("/bin/sh", ["-c", command], { cwd: project.folder, env });
    await expect(shell(project.env)).rejects.toThrow("apt-get install g++");

    // With this machine's path it has a compiler and npm; the headers come from the registry.
    await shell({ ...project.env, PATH: process.env["PATH"] });
    expect(existsSync(join(prebuilds, `linux-${process.arch}-glibc`, "miou-solo5.node"))).toBe(
      true,
    );
    expect(await opened()).toBe("opened\n");
  });
});
