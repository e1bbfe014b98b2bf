// What `npm start` shows, in every way it can go, and that nothing of it stays behind.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { isLeftOut } from "./network.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const isRoot = process.getuid?.() === 0;

/** Runs the built demonstration of the repository at `place`. */
function demonstrationIn(place: string): string[] {
  const script = `
    const { demonstrate } = await import("${join(place, "apps/echo-server/dist/demo/main.js")}");
    process.exitCode = await demonstrate({ addonFault: null });
  `;
  return [process.execPath, "--input-type=module", "--eval", script];
}

const command = demonstrationIn(root);
const asRoot = isRoot ? ["unshare"] : ["unshare", "--user", "--map-root-user"];
/** Where the TAP driver's node is something else. */
const withoutTap = [
  ...asRoot,
  ...["--mount", "sh", "-c", 'mount --bind /dev/null /dev/net/tun && exec "$@"', "sh"],
];

function start(words: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  return spawn(words[0] as string, words.slice(1), {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
}

async function end(child: ChildProcess): Promise<{ status: number | null; output: string }> {
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (part: string) => {
    output += part;
  });
  await once(child, "close");
  return { status: child.exitCode, output };
}

/** The rows of the table, as what was sent and answered. */
function rows(output: string): { what: string; sent: number; answered: number }[] {
  return [...output.matchAll(/^ {2}((?:ping|UDP echo|TCP echo).*?) +(\d+) +(\d+) +[-\d]/gm)].map(
    ([, what = "", sent, answered]) => ({ what, sent: Number(sent), answered: Number(answered) }),
  );
}

const pinged = [{ what: "ping, 56 bytes", sent: 100, answered: 100 }];
const echoed = [0, 64, 1472].map((size) => ({
  what: `UDP echo, ${size} bytes`,
  sent: 200,
  answered: 200,
}));
const lines = [64, 1460].map((size) => ({
  what: `TCP echo, ${size} bytes`,
  sent: 200,
  answered: 200,
}));
const transferred =
  /TCP, \S+ MB to the server and back in .* s, every byte as it was sent: \S+ MB\/s/;
const together = [{ what: "UDP echo, 64 bytes, 32 at a time", sent: 5000, answered: 5000 }];

/** The processes in the network namespace `name`. Those that may not be looked at are not ours. */
function processesIn(name: string): string[] {
  return readdirSync("/proc").filter((entry) => /^\d+$/.test(entry) && networkOf(entry) === name);
}

function networkOf(pid: string | number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return null;
  }
}

function childrenOf(pid: string | number): string[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    return children === "" ? [] : children.split(" ");
  } catch {
    return [];
  }
}

/** The namespace that the demonstration made, once its server, or what makes its TAP, runs in it. */
async function namespaceOf(child: ChildProcess): Promise<string> {
  const ours = networkOf("self");
  const find = (pid: string | number): string | null => {
    const network = networkOf(pid);
    if (network !== null && network !== ours && processesIn(network).length > 2) return network;
    for (const next of childrenOf(pid)) {
      const found = find(next);
      if (found !== null) return found;
    }
    return null;
  };
  for (;;) {
    const found = find(child.pid as number);
    if (found !== null) return found;
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe.skipIf(isLeftOut("demonstration.test.ts"))("the demonstration", () => {
  test("has everything answered on a TAP, and ends with 0", { timeout: 60_000 }, async () => {
    const { status, output } = await end(start(command));
    expect(rows(output), output).toEqual([...pinged, ...echoed, ...together, ...lines]);
    expect(output, output).toMatch(transferred);
    // Nobody could follow: the network is gone when this is read.
    expect(output).not.toContain("nsenter");
    // Ten of each more than are measured.
    expect(output).toContain("ping     100 answered\n  UDP      5610 echoed\n");
    expect(output).toMatch(/TCP {6}\d+ bytes echoed on 4 connections, 4 closed\n/);
    expect(status, output).toBe(0);
  });

  test("on a terminal shows how to try by hand, and goes on until Ctrl-C", {
    timeout: 60_000,
  }, async () => {
    const quoted = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
    // A shell between would get Ctrl-C as well, and some (dash) end with 130 whatever their command ends with.
    const options = ["--quiet", "--return", "--flush", "--command", `exec ${quoted}`];
    const child = spawn("script", [...options, "/dev/null"], {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, SHELL: "/bin/sh" },
    });
    const ended = end(child);
    let output = "";
    await new Promise<void>((resolve) => {
      child.stdout?.on("data", (part: string) => {
        output += part;
        if (output.includes("Ctrl-C ends it")) resolve();
      });
      child.on("close", () => resolve());
    });
    const [, enter = "false"] = /^ {4}(nsenter --target .*?)\r?$/m.exec(output) ?? [];
    const shell = `${enter} sh -c 'echo hello | nc -N -w 5 10.0.0.2 7'`;
    const byHand = spawnSync("sh", ["-c", shell], { encoding: "utf8" });
    expect(byHand.stdout, `${output}\n${byHand.stderr}`).toBe("hello\n");
    child.stdin?.write("\u0003");
    const { status, output: all } = await ended;
    expect(all, all).toMatch(/TCP {6}\d+ bytes echoed on 5 connections, 5 closed\r?\n/);
    expect(status, all).toBe(0);
  });

  // An ordinary user runs all the others so.
  if (isRoot) {
    test("needs no rights but the device's", { timeout: 60_000 }, async () => {
      const folder = mkdtempSync(join(tmpdir(), "miou-solo5-nobody-"));
      // All of it is gone with the namespace of mounts: a node that is open to everybody, as most
      // distributions have it, and a way to this repository that is, too.
      const asNobody = `
        mount -t tmpfs -o mode=755 none ${folder}
        mknod -m 666 ${folder}/tun c 10 200
        mount --bind ${folder}/tun /dev/net/tun
        mkdir ${folder}/repository
        mount --bind "${root}" ${folder}/repository
        cd / && exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
      `;
      const words = ["unshare", "--mount", "sh", "-ec", asNobody, "sh"];
      try {
        const child = start([...words, ...demonstrationIn(join(folder, "repository"))]);
        const { status, output } = await end(child);
        expect(rows(output), output).toEqual([...pinged, ...echoed, ...together, ...lines]);
        expect(status, output).toBe(0);
      } finally {
        rmdirSync(folder);
      }
    });
  }

  test("leaves ping out where there is none", { timeout: 60_000 }, async () => {
    const path = [
      "/usr/bin/env",
      "sh",
      "-c",
      'mount --bind /dev/null "$(command -v ping)"; exec "$@"',
    ];
    const without = [...asRoot, "--mount", ...path, "sh"];
    const { status, output } = await end(start([...without, ...command]));
    expect(output).toContain("ping is left out: ");
    expect(rows(output), output).toEqual([...echoed, ...together, ...lines]);
    expect(status, output).toBe(0);
  });

  test("says why there is no TAP, and goes on in the simulation", { timeout: 60_000 }, async () => {
    const { status, output } = await end(start([...withoutTap, ...command]));
    expect(output).toContain("No TAP interface here");
    expect(output).toMatch(/why: +a TAP interface can't be made: tap create tap0: /);
    expect(rows(output), output).toEqual([...pinged, ...echoed, ...lines]);
    expect(output, output).toMatch(transferred);
    expect(status, output).toBe(0);
  });

  test("uses the simulation where it is told to", { timeout: 60_000 }, async () => {
    const { status, output } = await end(start(command, { MIOU_SOLO5_FORCE_SIM: "1" }));
    expect(output).toContain("MIOU_SOLO5_FORCE_SIM asks for it");
    expect(rows(output), output).toEqual([...pinged, ...echoed, ...lines]);
    expect(output, output).toMatch(transferred);
    expect(status, output).toBe(0);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("ends half-way at %s with %i, and takes all with it", async (signal, wanted) => {
    const child = start(command);
    const ended = end(child);
    const network = await namespaceOf(child);
    child.kill(signal);
    expect((await ended).status).toBe(wanted);
    expect(processesIn(network)).toEqual([]);
  });

  test("takes all with it when it is killed", async () => {
    const child = start(command);
    const ended = end(child);
    const network = await namespaceOf(child);
    child.kill("SIGKILL");
    await ended;
    await expect.poll(() => processesIn(network), { timeout: 5000 }).toEqual([]);
  });
});
