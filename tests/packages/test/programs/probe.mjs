// Copied into a project and run there, by each Node: loads every entry in both ways, and uses the host.
// `node probe.mjs SPECIFIER ...` writes one line of JSON.

import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { host } from "@miou-solo5/bindings";

const require = createRequire(import.meta.url);
const entries = {};
for (const specifier of process.argv.slice(2)) {
  const imported = await import(specifier);
  const required = require(specifier);
  const names = Object.keys(imported);
  entries[specifier] = {
    names: names.length,
    // Two copies would be two schedulers.
    same: names.every((name) => imported[name] === required[name]),
  };
}

const path = `${process.pid}.img`;
writeFileSync(path, "");
truncateSync(path, 65536);
const world = host({ block: { disk: { path, blockSize: 512 } } });
const { handle, capacity } = world.blockAcquire("disk");
const block = new Uint8Array(512).fill(42);
world.blockWrite(handle, 1024, block, 0);
world.blockRead(handle, 1024, block.fill(0), 0);
await new Promise((resolve, reject) => {
  world.blockFlush(handle, (error) => (error === null ? resolve() : reject(error)));
});
const deadline = world.clockMonotonic() + 2_000_000;
await new Promise((resolve) => world.wait(deadline, resolve));
const waited = world.clockMonotonic() >= deadline;
const random = new Uint8Array(16);
world.entropy(random);
let refused = "";
try {
  host({ block: { disk: { path: "missing.img" } } });
} catch (error) {
  refused = `${error.code} ${error.errno} ${error.message.includes("missing.img")}`;
}
const maps = readFileSync("/proc/self/maps", "utf8");
const addon = /prebuilds\/([\w-]+)\/miou-solo5\.node/.exec(maps)?.[1] ?? null;
world.close();
const written = readFileSync(path).subarray(1024, 1536);
rmSync(path);

const result = {
  ...{ version: process.versions.node, arch: process.arch, entries, addon },
  ...{ capacity, block: block.every((byte) => byte === 42), waited, refused },
  ...{ written: written.every((byte) => byte === 42), random: random.some((byte) => byte !== 0) },
};
console.log(JSON.stringify(result));
