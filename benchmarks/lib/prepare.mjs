// The benchmarks measure what users get: the built packages.
import { build, install, SetupError } from "../../scripts/setup.mjs";

export async function prepare() {
  await install();
  const missing = await build([]);
  if (missing !== null) throw new SetupError(`the addon could not be built: ${missing}`);
}
