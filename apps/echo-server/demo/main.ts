// The demonstration of `npm start`: in a network namespace of its own where that can be had, else in the
// simulation. Gives the status to end with.

import { fileURLToPath } from "node:url";
import { runInside } from "./outside.ts";
import { simulate } from "./simulation.ts";

const inside = fileURLToPath(new URL("./inside.js", import.meta.url));

/** `addonFault`: why the addon could not be built, if it could not. */
export async function demonstrate(options: { addonFault: string | null }): Promise<number> {
  const end = await runInside(inside, options.addonFault);
  if (typeof end === "number") return end;
  console.log("No TAP interface here, so the same program runs in the simulation.");
  console.log(`  why:         ${end.why}`);
  console.log(`  what helps:  ${end.help}\n`);
  return await simulate();
}
