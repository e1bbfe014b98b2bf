// The demonstration itself. Runs inside the network namespace, started by `main.ts`: makes the TAP, starts the
// server, sends to it through the kernel's own sockets, prints what came of it.

import { fileURLToPath } from "node:url";
import { enterCommand } from "./enter.ts";
import { statisticsLine } from "./live.ts";
import { ping } from "./ping.ts";
import { reasonFor } from "./reason.ts";
import { allAnswered, isWhole, type Row, table, transferLine } from "./samples.ts";
import { Server, tapCreate } from "./solo5-node.ts";
import { stop, stopStatus } from "./stop.ts";
import { lineByLine, transfer } from "./tcp.ts";
import { manyAtOnce, oneByOne } from "./udp.ts";

const TAP = "tap0";
const KERNEL_PLACE = "10.0.0.1/24";
const SERVER_PLACE = "10.0.0.2/24";
const SERVER_ADDRESS = "10.0.0.2";
const TRANSFER_SIZE = 32_000_000;
const program = fileURLToPath(new URL("../main.js", import.meta.url));

const refusal = tapCreate(TAP, KERNEL_PLACE);
if (refusal === undefined) {
  process.exit(await demonstrate());
} else {
  // The parent goes on in the simulation.
  process.send?.(reasonFor("tap", refusal), () => process.exit(0));
}

async function demonstrate(): Promise<number> {
  say(`solo5-node tap create ${TAP} ${KERNEL_PLACE}`);
  say(`solo5-node --net:service=${TAP} -- apps/echo-server/dist/main.js ${SERVER_PLACE}\n`);
  const server = new Server([`--net:service=${TAP}`, "--", program, SERVER_PLACE]);
  let answered = false;
  try {
    await server.started("echo-server");
    console.log(`  ${server.lines[0]}\n`);
    const rows = await measure();
    console.log(table(rows));
    const text = await transfer(SERVER_ADDRESS, TRANSFER_SIZE, stop);
    if (!stop.aborted) {
      answered = allAnswered(rows) && isWhole(text);
      console.log(transferLine(text));
      // Without a terminal nobody is there to try, and the network is gone at once.
      if (process.stdout.isTTY) {
        explain();
        await statisticsLine(TAP, stop, () => server.ended);
      }
    }
  } catch (error) {
    if (!stop.aborted) console.log(error instanceof Error ? error.message : String(error));
  }
  const count = server.lines.length;
  const endedWell = await server.stop();
  console.log(
    server.lines
      .slice(endedWell ? 1 : count)
      .map((line) => `  ${line}`)
      .join("\n"),
  );
  if (!endedWell) console.log(`the server did not end as it should:\n${server.lines.join("\n")}`);
  if (answered && endedWell) return 0;
  return stopStatus();
}

async function measure(): Promise<Row[]> {
  const rows: Row[] = [];
  const pinged = await ping(SERVER_ADDRESS, 100, stop);
  if ("reason" in pinged) console.log(`  ping is left out: ${pinged.reason}\n`);
  else rows.push(pinged);
  // Ten of each before the clock runs: ARP, and code that has not run yet.
  await oneByOne(SERVER_ADDRESS, 64, 10, stop);
  await lineByLine(SERVER_ADDRESS, 64, 10, stop);
  for (const size of [0, 64, 1472]) rows.push(await oneByOne(SERVER_ADDRESS, size, 200, stop));
  rows.push(await manyAtOnce(SERVER_ADDRESS, 32, 5000, stop));
  for (const size of [64, 1460]) rows.push(await lineByLine(SERVER_ADDRESS, size, 200, stop));
  return rows;
}

function explain(): void {
  console.log(`  The server goes on. By hand, a shell in its network (as the same user):
    ${enterCommand()}
    ping 10.0.0.2
    echo hello | nc -u -w1 10.0.0.2 7
    echo hello | nc -N 10.0.0.2 7
`);
}

function say(command: string): void {
  console.log(`$ ${command}`);
}
