// `npm start`: installs and builds what is missing or stale, then shows the echo-server at work.

import { build, checkNode, fail, install } from "./setup.mjs";

try {
  checkNode();
  await install();
  const addonFault = await build(["--filter=@miou-solo5/echo-server..."]);
  const { demonstrate } = await import("../apps/echo-server/dist/demo/main.js");
  process.exitCode = await demonstrate({ addonFault });
} catch (error) {
  fail(error);
}
