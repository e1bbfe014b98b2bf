// What `npm start -- http` shows.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { isLeftOut } from "../../../echo-server/test/kernel/network.ts";

const demonstration = new URL("../../dist/demo/main.js", import.meta.url).href;

async function demonstrate(env: Readonly<Record<string, string>> = {}) {
  const script = `
    const { demonstrate } = await import("${demonstration}");
    process.exitCode = await demonstrate({ addonFault: null });
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    output += part;
  });
  await once(child, "close");
  return { status: child.exitCode, output };
}

test.skipIf(isLeftOut("demonstration.test.ts"))(
  "curl gets every byte as it should be, there and back",
  { timeout: 90_000 },
  async () => {
    const { status, output } = await demonstrate();
    expect(output).toContain("hello 10.0.0.1, this is node:http");
    expect(output.match(/^ {2}32 MB in \S+ s: \S+ MB\/s$/gm)).toHaveLength(2);
    expect(output).toContain("Every byte as it should be.");
    expect(output).not.toContain("nsenter");
    expect(status).toBe(0);
  },
);

test("says why there is no TAP, and what helps", { timeout: 60_000 }, async () => {
  const { status, output } = await demonstrate({ MIOU_SOLO5_FORCE_SIM: "1" });
  expect(output).toMatch(/why: +MIOU_SOLO5_FORCE_SIM asks for it\n +what helps: +unset/);
  expect(status).toBe(1);
});
