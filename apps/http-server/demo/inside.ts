// The demonstration itself. Runs inside the network namespace, started by `main.ts`: makes the TAP, starts the server, asks it
// with curl, and compares what comes back.

import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { enterCommand } from "../../echo-server/demo/enter.ts";
import { statisticsLine } from "../../echo-server/demo/live.ts";
import { reasonFor } from "../../echo-server/demo/reason.ts";
import { Server, tapCreate } from "../../echo-server/demo/solo5-node.ts";
import { stop, stopStatus } from "../../echo-server/demo/stop.ts";
import { bytesAt } from "../src/site.ts";
import { type Curled, curl } from "./curl.ts";

const TAP = "tap0";
const KERNEL_PLACE = "10.0.0.1/24";
const SERVER_PLACE = "10.0.0.2/24";
const URL_START = "http://10.0.0.2";
const TRANSFER_SIZE = 32_000_000;
const program = fileURLToPath(new URL("../main.js", import.meta.url));

const refusal = tapCreate(TAP, KERNEL_PLACE);
if (refusal === undefined) process.exit(await demonstrate());
else process.send?.(reasonFor("tap", refusal), () => process.exit(0));

async function demonstrate(): Promise<number> {
  say(`solo5-node tap create ${TAP} ${KERNEL_PLACE}`);
  say(`solo5-node --net:service=${TAP} -- apps/http-server/dist/main.js ${SERVER_PLACE}\n`);
  const server = new Server([`--net:service=${TAP}`, "--", program, SERVER_PLACE]);
  let isRight = false;
  try {
    await server.started("http-server");
    console.log(`  ${server.lines[0]}\n`);
    isRight = (await ask()) && !stop.aborted;
    if (isRight && process.stdout.isTTY) {
      console.log(`  The server goes on. By hand, a shell in its network (as the same user):
    ${enterCommand()}
    curl -v ${URL_START}/
`);
      await statisticsLine(TAP, stop, () => server.ended);
    }
  } catch (error) {
    if (!stop.aborted) console.log(error instanceof Error ? error.message : String(error));
  }
  const endedWell = await server.stop();
  if (!endedWell) console.log(`the server did not end as it should:\n${server.lines.join("\n")}`);
  return isRight && endedWell ? 0 : stopStatus();
}

/** Whether all answers were right. */
async function ask(): Promise<boolean> {
  const greeting = await shown([`${URL_START}/`]);
  const head = await shown(["--head", `${URL_START}/bytes/1000`]);
  const echo = await shown(["--data-binary", "hello", `${URL_START}/echo`]);
  const down = await measured([`${URL_START}/bytes/${TRANSFER_SIZE}`]);
  const data = bytesAt(0, TRANSFER_SIZE);
  const up = await measured(["--data-binary", "@-", `${URL_START}/digest`], data);
  const sha256 = createHash("sha256").update(data).digest("hex");
  const checks = {
    "the greeting": text(greeting).startsWith("hello 10.0.0.1,"),
    "the head": /^content-length: 1000\r$/im.test(text(head)),
    "the echo": text(echo) === "hello",
    "what was fetched": down.body.equals(data),
    "what was sent": text(up) === `${JSON.stringify({ size: TRANSFER_SIZE, sha256 })}\n`,
  };
  const wrong = Object.keys(checks).filter((name) => !checks[name as keyof typeof checks]);
  console.log(
    wrong.length === 0 ? "  Every byte as it should be.\n" : `  wrong: ${wrong.join(", ")}\n`,
  );
  return wrong.length === 0;
}

/** A command, and what it prints. */
async function shown(words: readonly string[]): Promise<Curled> {
  say(`curl ${words.join(" ")}`);
  const curled = await curl(words, stop);
  console.log(text(curled).trimEnd().replaceAll("\r", "").replaceAll(/^/gm, "  "), "\n");
  return curled;
}

/** A command, and how fast it went. */
async function measured(words: readonly string[], input?: Buffer): Promise<Curled> {
  say(`curl ${words.join(" ")}`);
  const curled = await curl(words, stop, input);
  const rate = (TRANSFER_SIZE / 1e6 / curled.duration).toFixed(1);
  console.log(`  ${TRANSFER_SIZE / 1e6} MB in ${curled.duration.toFixed(2)} s: ${rate} MB/s\n`);
  return curled;
}

function text({ body }: Curled): string {
  return body.toString();
}

function say(command: string): void {
  console.log(`$ ${command}`);
}
