// `npm start`: installs and builds what is missing or stale, then shows the echo-server at work.
//
//   npm start            the echo-server, by ping, UDP and TCP
//   npm start -- http    the http-server, by curl

import { existsSync } from "node:fs";
import { exclusively } from "./lock.mjs";
import { build, checkNode, fail, install, isWritable, note, SetupError } from "./setup.mjs";

const APPS = { echo: "echo-server", http: "http-server" };

try {
  checkNode();
  const app = chosen(process.argv.slice(2));
  const demonstration = new URL(`../apps/${app}/dist/demo/main.js`, import.meta.url);
  const addonFault = await prepare(app, demonstration);
  const { demonstrate } = await import(demonstration.href);
  process.exitCode = await demonstrate({ addonFault });
} catch (error) {
  fail(error);
}

function chosen(words) {
  const [name = "echo", ...more] = words;
  if (more.length === 0 && Object.hasOwn(APPS, name)) return APPS[name];
  throw new SetupError(`unknown: ${words.join(" ")}; there are ${Object.keys(APPS).join(", ")}`);
}

/** Gives why there is no addon, or null. */
async function prepare(app, demonstration) {
  if (!isWritable() && existsSync(demonstration)) {
    note("this folder can't be written to: what was built in it is shown as it is");
    return null;
  }
  return await exclusively("build", "npm start", async () => {
    await install();
    return await build([`--filter=@miou-solo5/${app}...`]);
  });
}
