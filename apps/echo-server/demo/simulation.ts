// The same program, `dist/main.js`, in a simulated world: a machine of its own, a wire, and at the wire's other end a
// machine that asks.

import { createWorld } from "@miou-solo5/sim";
import { attach, net, us } from "miou-solo5";
import { parsePlace } from "../src/address.ts";
import { Asker } from "./asker.ts";
import { allAnswered, type Row, table } from "./samples.ts";

const SERVER_PLACE = "10.0.0.2/24";
const ASKER_PLACE = "10.0.0.1/24";
const LATENCY = us(50);

/** Gives the status to end with: 0 if everything was answered. */
export async function simulate(): Promise<number> {
  const world = createWorld({ seed: 1 });
  let printed = "";
  const server = world.machine("server", {
    arguments: [SERVER_PLACE],
    onConsole: (bytes) => {
      printed += new TextDecoder().decode(bytes);
    },
  });
  const asker = world.machine("asker");
  world.wire(server.net("service"), asker.net("service"), { latency: LATENCY });

  const stop = new AbortController();
  const detach = attach(server.solo5, { signal: stop.signal });
  console.log(
    `$ apps/echo-server/dist/main.js ${SERVER_PLACE}, at a wire of ${LATENCY / 1000} us\n`,
  );
  // The module awaits its run, which ends when it is stopped. Loading it takes real time.
  const ended = import("../src/main.ts").then(
    () => new Error("the server ended by itself"),
    (error: unknown) => error,
  );
  while (printed === "" && (await Promise.race([ended, nextTurn()])) === undefined) world.run();
  console.log(`  ${printed.trim()}\n`);
  printed = "";

  const rows: Row[] = [];
  const asking = asker.start([net("service")], function* ask(service) {
    const client = new Asker(service, parsePlace(ASKER_PLACE), parsePlace(SERVER_PLACE));
    yield* client.resolve();
    rows.push(yield* client.ping(56, 100));
    for (const size of [0, 64, 1472]) rows.push(yield* client.udp(size, 200));
  });
  world.run();
  await asking.result;
  console.log(table(rows));
  console.log("  Round trips are in virtual time: the wire's, there and back, and nothing else.\n");

  stop.abort();
  world.run();
  const end = await ended;
  detach();
  console.log(printed.trimEnd().replaceAll(/^/gm, "  "));
  if ((end as { code?: unknown }).code !== "ERR_SOLO5_CANCELLED") throw end;
  return allAnswered(rows) ? 0 : 1;
}

function nextTurn(): Promise<undefined> {
  return new Promise((resolve) => setImmediate(() => resolve(undefined)));
}
