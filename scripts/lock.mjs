// One at a time: two `npm start` or `npm test` in the same clone would pull what they build from under each other's feet.
//
// The lock is a socket that its holder listens on. The system frees it when the holder ends, however that ends, and whoever waits
// is connected to it and notices at once.

import { createHash } from "node:crypto";
import { realpathSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import os from "node:os";
import { join } from "node:path";
import { note, root } from "./setup.mjs";

/**
 * Does `act` while nobody else in this clone holds the lock `name`, and tells when it has to wait for that.
 *
 * `who` says what the others wait for: "npm test", say.
 */
export async function exclusively(name, who, act) {
  const path = pathOf(name);
  let lock = await take(path, who);
  for (let told = ""; lock === null; lock = await take(path, who)) {
    await release(path, (holder) => {
      if (holder !== told) note(`waiting for ${holder}, which is at work in this folder ...`);
      told = holder;
    });
  }
  try {
    return await act();
  } finally {
    lock.free();
  }
}

/** Gives the lock, or null where somebody else has it. */
function take(path, who) {
  return new Promise((resolve) => {
    const waiting = new Set();
    const server = createServer((socket) => {
      waiting.add(socket);
      socket.on("error", () => {}).on("close", () => waiting.delete(socket));
      socket.unref().write(`${who} (process ${process.pid})`);
    });
    const free = () => {
      server.close();
      for (const socket of waiting) socket.destroy();
    };
    server.on("listening", () => resolve({ free }));
    // Where no such socket can be had at all, going on alone is better than not at all.
    server.on("error", ({ code }) => resolve(code === "EADDRINUSE" ? null : { free: () => {} }));
    server.listen(path).unref();
  });
}

/** Waits until the holder lets go; `hear` is told who that is. */
function release(path, hear) {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.setEncoding("utf8").on("data", hear);
    socket.on("error", ({ code }) => {
      // A socket in a folder outlives its process; nobody answers there any more.
      if (code === "ECONNREFUSED" && path.startsWith(os.tmpdir())) rmSync(path, { force: true });
    });
    socket.on("close", resolve);
  });
}

/** Linux has sockets without a file, Windows pipes with names of their own kind. */
function pathOf(name) {
  const clone = createHash("sha256").update(realpathSync(root)).digest("hex").slice(0, 16);
  const unique = `miou-solo5-${clone}-${name}`;
  if (process.platform === "linux") return `\0${unique}`;
  if (process.platform === "win32") return `\\\\.\\pipe\\${unique}`;
  return join(os.tmpdir(), `${unique}.sock`);
}
