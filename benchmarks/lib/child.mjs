// One side of one row, in a process of its own: `node child.mjs ROW SIDE PARAMETERS`. The sample goes to
// descriptor 3, so that a side may use its standard input and output to talk with its partner.
import { writeSync } from "node:fs";

const [name, side, parameters] = process.argv.slice(2);
const { row } = await import(new URL(`../rows/${name}.mjs`, import.meta.url).href);
const { run = row.sides[side] } = row.sides[side];
const result = await run(JSON.parse(parameters));
writeSync(3, `${JSON.stringify(result)}\n`);
// Whatever a peer still waits for is not waited for here.
process.exit(0);
