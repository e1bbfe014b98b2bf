// The demonstration of `npm start -- http`: curl asks the server, in a network namespace of its own. Gives the status to end with.

import { fileURLToPath } from "node:url";
import { runInside } from "../../echo-server/demo/outside.ts";

const inside = fileURLToPath(new URL("./inside.js", import.meta.url));

/** `addonFault`: why the addon could not be built, if it could not. */
export async function demonstrate(options: { addonFault: string | null }): Promise<number> {
  const end = await runInside(inside, options.addonFault);
  if (typeof end === "number") return end;
  console.log("No TAP interface here, and curl can't reach any other.");
  console.log(`  why:         ${end.why}`);
  console.log(`  what helps:  ${end.help}`);
  return 1;
}
