// What the rows about TCP share: our stack on the bench's TAP, and the kernel's own TCP behind a veth pair, both as
// servers on port 7 of the same address, asked by the same client (c/tcp-client.c).
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { tcpip } from "@miou-solo5/tcpip";
import { run, spawn as spawnTask } from "miou-solo5";
import { LINK } from "./link.mjs";
import { attach } from "./service.mjs";

export const PORT = 7;
const CHUNK = 65_536;

/** Runs `main` with the stack on the TAP, whose MTU is `mtu` meanwhile. */
export async function withStack(mtu, main) {
  setMtu(mtu);
  const solo5 = attach();
  try {
    const stack = tcpip({ device: "service", address: `${LINK.address}/24` });
    return await run([stack], main, { solo5 });
  } finally {
    solo5.close();
    setMtu(1500);
  }
}

function setMtu(mtu) {
  execFileSync("ip", ["link", "set", LINK.tap, "mtu", String(mtu)]);
}

/** One connection of our stack's, served as c/tcp-forward.c does it for the kernel's. */
export function* serveStream(connection, { mode, count, warmUp }, meter) {
  const bytes = new Uint8Array(CHUNK);
  const read = connection.read(bytes);
  const write = connection.write(bytes);
  const one = connection.read(bytes, 0, 1);
  const confirm = connection.write(bytes, 0, 1);
  for (const part of [warmUp, count]) {
    let left = part;
    if (mode === "down") {
      yield* one;
      for (; left >= CHUNK; left -= CHUNK) yield* write;
      if (left > 0) yield* connection.write(bytes, 0, left);
    }
    while (left > 0 && mode !== "down") {
      const size = left < CHUNK ? yield* connection.read(bytes, 0, left) : yield* read;
      left -= size;
      if (size === 0) throw new Error("the client has ended early");
      if (mode === "echo") yield* connection.write(bytes, 0, size);
    }
    if (part === warmUp) meter.begin();
    if (mode === "up") yield* confirm;
  }
  yield* one;
  meter.end();
}

/** Takes connections, gives what each says back to it, and sees each to its end. */
export function* manyConnections(listener, { count, warmUp }, meter) {
  const accept = listener.accept();
  const tasks = [];
  for (let i = 0; i < warmUp + count; i++) {
    const connection = yield* accept;
    if (i === warmUp) meter.begin();
    tasks.push(spawnTask(() => echo(connection)));
    // Connections end about in the order in which they began: hardly ever does this wait.
    if (tasks.length > 256) yield* tasks.shift();
  }
  for (const task of tasks) yield* task;
  meter.end();
}

function* echo(connection) {
  const bytes = new Uint8Array(64);
  const read = connection.read(bytes);
  for (let size = yield* read; size > 0; size = yield* read) {
    yield* connection.write(bytes, 0, size);
  }
  connection.close();
}

/** Lets the kernel's client take ports again that are in TIME-WAIT: a run needs more than there are. */
export function reusePorts() {
  writeFileSync("/proc/sys/net/ipv4/tcp_tw_reuse", "1");
  writeFileSync("/proc/sys/net/ipv4/ip_local_port_range", "10000 65000");
}

/**
 * Runs a server of the kernel's in a namespace of its own, at our stack's address, and gives its sample. The veth pair has
 * the offloads that the kernel gives it: segments of 64 KiB, no checksums.
 */
export async function kernelServer(what, parameters, onReady) {
  const { mtu = 1500 } = parameters;
  const script = fileURLToPath(new URL("tcp-kernel.mjs", import.meta.url));
  const words = ["-n", process.execPath, ...process.execArgv, script, what];
  const server = spawn("unshare", [...words, JSON.stringify(parameters)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ip = (...more) => execFileSync("ip", more);
  ip("link", "add", "bench1", "type", "veth", "peer", "name", "bench2");
  try {
    const lines = linesOf(server.stdout);
    await lines.next();
    ip("link", "set", "bench2", "netns", String(server.pid));
    ip("link", "set", "bench1", "up", "mtu", String(mtu));
    // The TAP has the whole network; one address of it is behind the pair now.
    ip("route", "add", `${LINK.address}/32`, "dev", "bench1", "src", LINK.kernel);
    server.stdin.write("go\n");
    await lines.next();
    onReady();
    const { value } = await lines.next();
    if (value === undefined) throw new Error("the kernel's server ended early");
    return JSON.parse(value);
  } finally {
    server.kill("SIGKILL");
    if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
    // Often gone already: the pair ends with the namespace of its other end.
    spawnSync("ip", ["link", "delete", "bench1"], { stdio: "ignore" });
  }
}

async function* linesOf(stream) {
  let text = "";
  for await (const chunk of stream.setEncoding("utf8")) {
    text += chunk;
    const lines = text.split("\n");
    text = lines.pop();
    yield* lines;
  }
}
