// Programs of attaching.test.ts.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import {
  type HostOptions,
  host,
  type TapOptions,
  tapCreate,
  tapDelete,
} from "../../../src/index.ts";
import { failure, frame, has, hex, ip, next } from "./link.ts";

export function links(): string[] {
  return ip("-o", "link")
    .split("\n")
    .flatMap((line) => /^\d+: ([^:@]+)/.exec(line)?.[1] ?? []);
}

/** Attaches, and says what came of it. */
export function attach(options: HostOptions) {
  const before = links();
  let acquired: unknown = null;
  const fault = failure(() => {
    const solo5 = host(options);
    acquired = Object.keys(options.net ?? {}).map((name) => {
      const { mtu, mac } = solo5.netAcquire(name);
      return { mtu, mac: hex(mac), up: solo5.interfaceState(name).up };
    });
    solo5.close();
  });
  return { fault, acquired, before, after: links() };
}

export function create(...all: TapOptions[]) {
  return all.map((options) => failure(() => tapCreate(options)));
}

export function remove(name: string) {
  return failure(() => tapDelete(name));
}

export function show(name: string) {
  const [link] = JSON.parse(ip("-j", "-d", "addr", "show", name));
  return {
    flags: link.flags as string[],
    mtu: link.mtu as number,
    persist: link.linkinfo?.info_data?.persist as boolean,
    user: link.linkinfo?.info_data?.user as string | undefined,
    addresses: link.addr_info.map(
      (each: { local: string; prefixlen: number; broadcast?: string }) =>
        `${each.local}/${each.prefixlen}${each.broadcast === undefined ? "" : ` brd ${each.broadcast}`}`,
    ) as string[],
  };
}

/** While a host of this process has the interface attached. */
export function whileAttached(name: string) {
  const solo5 = host({ net: { mine: { tap: name } } });
  const second = failure(() => host({ net: { again: { tap: name } } }));
  const deleted = failure(() => tapDelete(name));
  solo5.close();
  const after = failure(() => host({ net: { again: { tap: name } } }).close());
  return { second, deleted, after };
}

export function macs() {
  const given = host({ net: { a: { tap: "tap0", mac: "02:0A:0b-00-00:ff" } } });
  const one = hex(given.netAcquire("a").mac);
  given.close();
  const random = [0, 1].map(() => {
    const solo5 = host({ net: { a: { tap: "tap0" } } });
    const first = solo5.netAcquire("a");
    first.mac.fill(9); // the caller's own copy
    solo5.netRelease(first.handle);
    const mac = solo5.netAcquire("a").mac;
    solo5.close();
    return mac;
  });
  return {
    given: one,
    local: random.map((mac) => (mac[0] as number) & 3),
    different: hex(random[0] as Uint8Array) !== hex(random[1] as Uint8Array),
  };
}

const tunDescriptors = (): number[] =>
  readdirSync("/proc/self/fd")
    .map(Number)
    .filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === "/dev/net/tun";
      } catch {
        return false; // the descriptor of the listing itself
      }
    });

/** Attaches `name`, and runs `program` in a child that inherits the descriptor as number 4. */
export async function bequeath(name: string, program: string, elsewhere: boolean) {
  const solo5 = host({ net: { mine: { tap: name } } });
  const [descriptor] = tunDescriptors();
  const words = [...process.execArgv, process.argv[1] as string, program, "[4]"];
  const [command, ...rest] = elsewhere
    ? ["unshare", "-n", process.execPath, ...words]
    : [process.execPath, ...words];
  const child = spawn(command as string, rest, {
    stdio: ["ignore", "inherit", "inherit", "pipe", descriptor as number],
  });
  let text = "";
  (child.stdio[3] as NodeJS.ReadableStream).on("data", (part) => {
    text += part;
  });
  await once(child, "close");
  solo5.close();
  return JSON.parse(text).value as unknown;
}

export function adopt(fd: number) {
  const solo5 = host({ net: { service: { fd } } });
  const original = tunDescriptors().includes(fd);
  const { handle, mtu } = solo5.netAcquire("service");
  solo5.netWrite(handle, frame(60), 0, 60);
  const flags = tunDescriptors().map(
    (each) => /flags:\s+(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${each}`, "utf8"))?.[1],
  );
  const state = solo5.interfaceState("service");
  const counters = solo5.netCounters?.(handle);
  solo5.close();
  return {
    mtu,
    original,
    // O_RDWR | O_NONBLOCK | O_LARGEFILE | O_CLOEXEC
    flags: flags.map((text) => Number.parseInt(text ?? "0", 8) & 0o2004002),
    state,
    sendDropped: counters?.sendDropped,
    left: tunDescriptors(),
  };
}

/** A fault elsewhere leaves the descriptor to the caller. */
export function adoptInVain(fd: number) {
  const fault = failure(() => host({ net: { service: { fd }, other: { tap: "nope" } } }));
  const kept = tunDescriptors();
  const good = failure(() => host({ net: { service: { fd } } }).close());
  return { fault, kept, good, left: tunDescriptors() };
}

export function adoptNonsense() {
  const unattached = openSync("/dev/net/tun", "r+");
  const file = openSync("/dev/null", "r+");
  return [unattached, file, 999].map(
    (fd) => failure(() => host({ net: { service: { fd } } }))?.["code"],
  );
}

/** As many devices as a host takes, each on its own interface, all on one bridge. */
export function sixtyThree() {
  const names = Array.from({ length: 63 }, (_, i) => `t${i}`);
  ip("link", "add", "bridge", "type", "bridge", "mcast_snooping", "0");
  ip("link", "set", "bridge", "up");
  for (const name of names) {
    tapCreate({ name });
    ip("link", "set", name, "master", "bridge");
  }
  const net = Object.fromEntries(names.map((name) => [name, { tap: name }]));
  const solo5 = host({ net });
  const sides = names.map((name) => {
    const { handle, mtu } = solo5.netAcquire(name);
    return { handle, mtu, frameSizeMax: mtu + 14 };
  });
  const handles = sides.map((side) => side.handle);
  const [first, ...others] = sides as [(typeof sides)[0], ...typeof sides];
  solo5.netWrite(first.handle, frame(70, 4), 0, 70);
  const ready = new Uint32Array(2);
  solo5.yield(0, ready);
  const readyCount = handles.filter((handle) => has(ready, handle)).length;
  const firstReady = has(ready, first.handle);
  const received = others.map((side) => hex(next(solo5, side, 100)));
  const expected = hex(frame(70, 4));
  solo5.close();
  const tooMany = failure(() => host({ net: { ...net, more: { tap: "t0" } } }));
  return {
    handles: [...new Set(handles)].sort((a, b) => a - b),
    readyCount,
    firstReady,
    allReceived: received.every((bytes) => bytes === expected),
    tooMany,
  };
}

/** Interfaces come and go between the check and the attach, as fast as they can. */
export async function raced(rounds: number) {
  const busy = spawn("sh", [
    "-c",
    `for i in $(seq ${rounds}); do ip tuntap add dev race mode tap; ip tuntap del dev race mode tap; done`,
  ]);
  const codes = new Set<unknown>();
  const ended = once(busy, "exit");
  while (busy.exitCode === null) {
    for (let i = 0; i < 50; i++) {
      codes.add(failure(() => host({ net: { race: { tap: "race" } } }).close())?.["code"] ?? "ok");
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  await ended;
  return { codes: [...codes], after: links() };
}

export function multiQueue() {
  execFileSync("ip", ["tuntap", "add", "dev", "many", "mode", "tap", "multi_queue"]);
  return attach({ net: { service: { tap: "many" } } });
}
