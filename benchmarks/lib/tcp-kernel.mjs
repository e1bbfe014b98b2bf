// node:net on the kernel's TCP, in a network namespace of its own: `unshare -n node tcp-kernel.mjs WHAT PARAMETERS`.
// Says "here" when it runs, configures its interface when it is told to, says "ready", and at the end its sample.
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { LINK } from "./link.mjs";
import { collectGarbage } from "./measure.mjs";
import { Meter, memoryUsed } from "./meter.mjs";

const CHUNK = 65_536;
const [what, text] = process.argv.slice(2);
const parameters = JSON.parse(text);
const meter = new Meter();

say("here");
await once(process.stdin, "data");
const { mtu = 1500 } = parameters;
execFileSync("ip", ["addr", "add", `${LINK.address}/24`, "dev", "bench2"]);
execFileSync("ip", ["link", "set", "bench2", "up", "mtu", String(mtu)]);
const serve = { stream, connections, idle }[what];
say(JSON.stringify(await serve(parameters)));
process.exit(0);

function say(line) {
  process.stdout.write(`${line}\n`);
}

async function listen(server, port = 7) {
  server.listen({ port, backlog: 1024 });
  await once(server, "listening");
  say("ready");
}

/** As `serveStream` of ours does it. */
async function stream({ mode, count, warmUp }) {
  const server = createServer({ noDelay: true });
  const connected = once(server, "connection");
  await listen(server);
  const [socket] = await connected;
  const bytes = new Uint8Array(CHUNK);
  for (const part of [warmUp, count]) {
    if (mode === "down") {
      await take(socket, 1, () => {});
      for (let left = part; left > 0; left -= CHUNK) {
        await written(socket, left < CHUNK ? bytes.subarray(0, left) : bytes);
      }
    } else {
      await take(socket, part, mode === "echo" ? (chunk) => socket.write(chunk) : () => {});
    }
    if (part === warmUp) meter.begin();
    if (mode === "up") await written(socket, bytes.subarray(0, 1));
  }
  await take(socket, 1, () => {});
  meter.end();
  return meter.sample(count);
}

/** Gives `size` bytes to `use` as they come; it says whether there may be more now. */
function take(socket, size, use) {
  let left = size;
  return new Promise((resolve, reject) => {
    const end = () => reject(new Error("the client has ended early"));
    const onData = (chunk) => {
      left -= chunk.length;
      if (use(chunk) === false) {
        socket.pause();
        socket.once("drain", () => socket.resume());
      }
      if (left > 0) return;
      socket.off("data", onData).off("end", end).pause();
      resolve();
    };
    socket.on("data", onData).on("end", end).resume();
  });
}

async function written(socket, bytes) {
  if (!socket.write(bytes)) await once(socket, "drain");
}

async function connections({ count, warmUp }) {
  const server = createServer({ noDelay: true, allowHalfOpen: true });
  let begun = 0;
  let done = 0;
  const over = new Promise((resolve) => {
    server.on("connection", (socket) => {
      if (begun++ === warmUp) meter.begin();
      socket.on("data", (chunk) => socket.write(chunk));
      socket.on("end", () => {
        socket.end();
        if (++done === warmUp + count) resolve();
      });
    });
  });
  await listen(server);
  await over;
  meter.end();
  return meter.sample(count);
}

async function idle({ count }) {
  const server = createServer();
  const open = new Set();
  let answered = 0;
  const over = new Promise((resolve) => {
    server.on("connection", (socket) => {
      open.add(socket);
      socket.on("error", () => {});
      socket.on("data", (chunk) => {
        socket.write(chunk);
        if (++answered === count) resolve();
      });
    });
  });
  collectGarbage();
  const before = memoryUsed();
  await listen(server);
  await over;
  collectGarbage();
  return { cpu: 0, items: count, bytes: (memoryUsed() - before) / count, open: open.size };
}
