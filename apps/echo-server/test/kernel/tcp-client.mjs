// tcp-client.mjs ADDRESS exchange COUNT SIZE    COUNT connections at once, each sends SIZE bytes and FIN, and reads to the end
// tcp-client.mjs ADDRESS cut COUNT              COUNT connections, each reset in the midst of sending
// tcp-client.mjs ADDRESS hold COUNT FINISHES    COUNT connections that say a line, print "held", and wait for the end; then
//                                               they finish, if FINISHES is "yes", or print "ended" and stay
//
// Through the kernel's sockets; prints what came of it as JSON.

import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";

const [address, what, ...words] = process.argv.slice(2);
const actions = { exchange, cut, hold };
process.stdout.write(`${JSON.stringify(await actions[what](...words))}\n`);

function open() {
  return connect({ host: address, port: 7, allowHalfOpen: true });
}

function times(count, act) {
  return Promise.all(Array.from({ length: Number(count) }, (_, index) => act(index)));
}

async function exchange(count, size) {
  const right = await times(count, async () => {
    const data = randomBytes(Number(size));
    const socket = open();
    const hash = createHash("sha256");
    let received = 0;
    socket.on("data", (part) => {
      hash.update(part);
      received += part.length;
    });
    // The server finishes behind the last byte, and only then.
    const ended = once(socket, "end");
    socket.end(data);
    await ended;
    const isSame = hash.digest("hex") === createHash("sha256").update(data).digest("hex");
    return isSame && received === data.length;
  });
  return { right: right.filter((one) => one).length };
}

async function cut(count) {
  await times(count, async (index) => {
    const socket = open();
    socket.on("error", () => {});
    await once(socket, "connect");
    socket.write(randomBytes(1 + index * 10_000));
    if (index % 2 === 0) await once(socket, "data");
    socket.resetAndDestroy();
  });
  return { cut: Number(count) };
}

async function hold(count, finishes) {
  let held = 0;
  // A socket that neither reads nor writes keeps no process alive.
  const alive = setInterval(() => {}, 1000);
  const ends = await times(count, async () => {
    const socket = open();
    socket.write("hello\n");
    await once(socket, "data");
    held += 1;
    if (held === Number(count)) process.stdout.write("held\n");
    const end = Promise.race([
      once(socket, "end").then(() => "end"),
      once(socket, "error").then(([error]) => error.code),
    ]);
    socket.resume();
    const how = await end;
    if (how !== "end") return how;
    if (finishes === "yes") {
      socket.end();
    } else {
      process.stdout.write("ended\n");
      await new Promise(() => {});
    }
    const [hadError] = await once(socket, "close").catch((error) => [error.code]);
    return hadError === false ? "end" : `end, then ${hadError}`;
  });
  clearInterval(alive);
  return Object.fromEntries(
    [...new Set(ends)].map((end) => [end, ends.filter((one) => one === end).length]),
  );
}
