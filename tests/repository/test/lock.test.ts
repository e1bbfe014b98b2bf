// Two at once in the same clone: one waits for the other, who may be killed.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { root } from "./packages.ts";

let folder: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = clone();
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "close");
  }
  rmSync(folder, { recursive: true, force: true });
});

/** A small repository in which all is installed, and turbo is what `turbo.js` says. */
function clone(): string {
  const place = mkdtempSync(join(tmpdir(), "miou-solo5-lock-"));
  cpSync(join(root, "scripts"), join(place, "scripts"), { recursive: true });
  const write = (path: string, content: unknown) => {
    mkdirSync(dirname(join(place, path)), { recursive: true });
    const text = typeof content === "string" ? content : JSON.stringify(content);
    writeFileSync(join(place, path), text);
  };
  write("package.json", { workspaces: [], engines: { node: ">=20.19" }, type: "module" });
  write("package-lock.json", { packages: {} });
  write("node_modules/.package-lock.json", { packages: {} });
  write("node_modules/turbo/package.json", { type: "commonjs" });
  // Takes its time, and shows whether another is at work meanwhile.
  write(
    "node_modules/turbo/bin/turbo",
    `const fs = require("node:fs");
     fs.appendFileSync("log", "begin ");
     fs.mkdirSync("apps/echo-server/dist/demo", { recursive: true });
     setTimeout(() => {
       fs.writeFileSync(
         "apps/echo-server/dist/demo/main.js",
         "export const demonstrate = () => { console.log('shown'); return 0; };"
       );
       fs.appendFileSync("log", "end ");
     }, 300);`,
  );
  return place;
}

interface Holder {
  readonly child: ChildProcess;
  readonly printed: () => string;
}

function start(words: readonly string[], cwd = folder): Holder {
  const child = spawn(process.execPath, words, {
    cwd,
    stdio: ["pipe", "pipe", "pipe"],
    // What a killed holder leaves is gone with the clone.
    env: { ...process.env, TMPDIR: cwd },
  });
  children.push(child);
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
  }
  return { child, printed: () => text };
}

/** Holds the lock until it reads something, then lives on without it until its input ends. */
function hold(place = folder, platform: string = process.platform): Holder {
  const script = `
    import { once } from "node:events";
    Object.defineProperty(process, "platform", { value: "${platform}" });
    const { exclusively } = await import("${join(place, "scripts/lock.mjs")}");
    await exclusively("build", "npm start", async () => {
      console.log("in");
      await once(process.stdin, "data");
    });
    console.log("out");
    await once(process.stdin, "end");
  `;
  return start(["--input-type=module", "--eval", script], place);
}

async function until(holder: Holder, text: string): Promise<void> {
  await expect.poll(holder.printed, { timeout: 15_000, interval: 10 }).toContain(text);
}

// Elsewhere than on Linux and Windows the lock is a file, which a killed holder leaves behind.
describe.each(["linux", "darwin"])("the lock of a clone on %s", (platform) => {
  test("lets the next in when its holder is done, and says who that is", async () => {
    const first = hold(folder, platform);
    await until(first, "in\n");
    const second = hold(folder, platform);
    const waiting = `waiting for npm start (process ${first.child.pid}), which is at work in this folder`;
    await until(second, waiting);
    expect(second.printed()).not.toContain("in\n");
    first.child.stdin?.write("leave");
    await until(second, "in\n");
    expect(second.printed().split(waiting)).toHaveLength(2);
    expect(first.child.exitCode).toBeNull();
    second.child.stdin?.write("leave");
    await until(second, "out\n");
  });

  test("is free when its holder was killed", async () => {
    const first = hold(folder, platform);
    await until(first, "in\n");
    const second = hold(folder, platform);
    await until(second, "waiting for");
    first.child.kill("SIGKILL");
    await until(second, "in\n");
    second.child.kill("SIGKILL");
    await once(second.child, "close");
    await until(hold(folder, platform), "in\n");
  });
});

describe("the lock of a clone", () => {
  test("lets ten in one after the other", async () => {
    const first = hold();
    await until(first, "in\n");
    const others = Array.from({ length: 10 }, () => hold());
    for (const other of others) await until(other, "waiting for");
    first.child.stdin?.write("leave");
    const inside = () => others.filter((other) => /in\n(?!out)/.test(other.printed()));
    for (let done = 0; done < 10; done++) {
      await expect.poll(() => inside().length, { timeout: 15_000, interval: 10 }).toBe(1);
      const [current] = inside();
      current?.child.stdin?.write("leave");
      await until(current as Holder, "out\n");
    }
  });

  test("is another one in another clone", async () => {
    await until(hold(), "in\n");
    const other = clone();
    try {
      const there = hold(other);
      await until(there, "in\n");
      there.child.stdin?.write("leave");
      await until(there, "out\n");
    } finally {
      rmSync(other, { recursive: true });
    }
  });
});

test("npm start, started three times at once, builds one after the other", async () => {
  const starts = [1, 2, 3].map(() => start(["scripts/start.mjs"]));
  for (const one of starts) {
    await until(one, "shown\n");
    await expect.poll(() => one.child.exitCode, { timeout: 15_000 }).toBe(0);
  }
  expect(readFileSync(join(folder, "log"), "utf8")).toBe("begin end begin end begin end ");
});

test("npm start shows what is built where nothing can be written", async () => {
  await until(start(["scripts/start.mjs"]), "shown\n");
  rmSync(join(folder, "log"));
  const isRoot = process.getuid?.() === 0;
  const words = ["--mount", ...(isRoot ? [] : ["--user", "--map-root-user"])];
  const readOnly = `mount --bind . . && mount -o remount,ro,bind . && cd "$PWD" && exec "$@"`;
  const child = spawn(
    "unshare",
    [...words, "sh", "-c", readOnly, "sh", process.execPath, "scripts/start.mjs"],
    { cwd: folder, stdio: ["ignore", "pipe", "pipe"] },
  );
  children.push(child);
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (part) => {
      text += part;
    });
  }
  await once(child, "close");
  expect(text).toContain("this folder can't be written to: what was built in it is shown as it is");
  expect(text).toContain("shown\n");
  expect(child.exitCode).toBe(0);
  expect(existsSync(join(folder, "log"))).toBe(false);
});
