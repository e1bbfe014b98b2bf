// `npm start`: installs and builds what is missing or stale, then shows the echo-server at work.

import { existsSync } from "node:fs";
import { exclusively } from "./lock.mjs";
import { build, checkNode, fail, install, isWritable, note } from "./setup.mjs";

const demonstration = new URL("../apps/echo-server/dist/demo/main.js", import.meta.url);

try {
  checkNode();
  const addonFault = await prepare();
  const { demonstrate } = await import(demonstration.href);
  process.exitCode = await demonstrate({ addonFault });
} catch (error) {
  fail(error);
}

/** Gives why there is no addon, or null. */
async function prepare() {
  if (!isWritable() && existsSync(demonstration)) {
    note("this folder can't be written to: what was built in it is shown as it is");
    return null;
  }
  return await exclusively("build", "npm start", async () => {
    await install();
    return await build(["--filter=@miou-solo5/echo-server..."]);
  });
}
