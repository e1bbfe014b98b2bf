// The stack at 10.0.0.2 on a TAP interface, the kernel at 10.0.0.1 on its other side, in one process: sockets of
// `node:dgram` and programs such as ping are the kernel's.
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { host, tapCreate } from "@miou-solo5/bindings";
import { type Operation, run, type Suspended, spawn, until } from "@miou-solo5/scheduler";
import { Datagram, parseAddress, type Stack, tcpip } from "../../../src/index.ts";

const KERNEL = "10.0.0.1";
const US = "10.0.0.2";

async function withStack<T>(mtu: number, main: (ip: Stack) => Operation<T>): Promise<T> {
  tapCreate({ name: "tap0", address: `${KERNEL}/24`, mtu });
  const solo5 = host({ net: { service: { tap: "tap0" } } });
  try {
    const stack = tcpip({ device: "service", address: `${US}/24`, gateway: KERNEL });
    return await run([stack], main, { solo5 });
  } finally {
    solo5.close();
  }
}

const execute = promisify(execFile);

/** What ping counted for each size, and the kernel's complaints about checksums. */
export function pingsUs(mtu: number, count: number, sizes: readonly number[]) {
  return withStack(mtu, function* (ip) {
    const answered: number[] = [];
    for (const size of sizes) {
      const words = ["-q", "-c", `${count}`, "-i", "0.002", "-W", "2", "-s", `${size}`, US];
      const { stdout } = yield* until(execute("ping", words));
      answered.push(Number(/ (\d+) received/.exec(stdout)?.[1]));
    }
    return { answered, echoes: ip.counters.echoesAnswered, wrong: wrongChecksums() };
  });
}

/** A flood: the next as soon as one is answered. */
export function flood(count: number) {
  return withStack(1500, function* (ip) {
    const { stdout } = yield* until(execute("ping", ["-f", "-q", "-c", `${count}`, US]));
    const answered = Number(/ (\d+) received/.exec(stdout)?.[1]);
    return { answered, echoes: ip.counters.echoesAnswered };
  });
}

/** Whether an echo that may not be fragmented comes back. */
export function pingsUsWhole(mtu: number, size: number) {
  return withStack(mtu, function* () {
    const words = ["-q", "-c", "1", "-W", "1", "-M", "do", "-s", `${size}`, US];
    return yield* until(
      execute("ping", words).then(
        () => true,
        () => false,
      ),
    );
  });
}

export function pingsKernel(mtu: number, sizes: readonly number[]) {
  return withStack(mtu, function* (ip) {
    const answers: unknown[] = [];
    for (const dataSize of sizes) {
      const { hops, duration } = yield* ip.ping(KERNEL, { dataSize });
      answers.push([dataSize, hops, duration > 0 && duration < 1e9]);
    }
    return answers;
  });
}

function* echo(ip: Stack, port: number): Generator<Suspended, void, void> {
  const socket = ip.udp.bind(port);
  const datagram = new Datagram();
  const receive = socket.receive(datagram);
  while (true) {
    yield* receive;
    socket.send(datagram.bytes, datagram, 0, datagram.size);
  }
}

/** Which sizes came back otherwise than they went, from the kernel's socket to ours and back. */
export function kernelAsks(mtu: number, sizes: readonly number[]) {
  return withStack(mtu, function* (ip) {
    const server = spawn(() => echo(ip, 7));
    const socket = createSocket("udp4");
    socket.connect(7, US);
    yield* until(once(socket, "connect"));
    const wrong: number[] = [];
    for (const size of sizes) {
      const data = randomBytes(size);
      const answer = message(socket);
      socket.send(data);
      if (!(yield* until(answer))?.equals(data)) wrong.push(size);
    }
    socket.close();
    yield* server.cancel();
    const { dropped, droppedCount } = ip.counters;
    return { wrong, checksums: wrongChecksums(), dropped: droppedCount - dropped["arp.target"] };
  });
}

/** The same from our socket to the kernel's and back. */
export function weAsk(mtu: number, sizes: readonly number[]) {
  return withStack(mtu, function* (ip) {
    const server = createSocket("udp4", (data, { port, address }) => {
      server.send(data, port, address);
    });
    server.bind(9000, KERNEL);
    yield* until(once(server, "listening"));
    const socket = ip.udp.bind(0, { remote: { address: parseAddress(KERNEL), port: 9000 } });
    const wrong: number[] = [];
    for (const size of sizes) {
      const data = randomBytes(size);
      socket.send(data);
      const { data: answer } = yield* socket.receive();
      if (Buffer.compare(answer, data) !== 0) wrong.push(size);
    }
    server.close();
    return { wrong, checksums: wrongChecksums() };
  });
}

/** How each side hears that nobody is at a port of the other's. */
export function closedPorts() {
  return withStack(1500, function* (ip) {
    const kernel = createSocket("udp4");
    kernel.connect(9, US);
    yield* until(once(kernel, "connect"));
    const refused = once(kernel, "error");
    kernel.send("anybody?");
    const [error] = yield* until(refused);
    kernel.close();
    const socket = ip.udp.bind(0, { remote: { address: parseAddress(KERNEL), port: 9 } });
    socket.send(Uint8Array.of(1));
    const heard = yield* spawn(() => socket.receive()).result();
    return {
      kernel: (error as NodeJS.ErrnoException).code,
      us: heard.status === "failed" ? (heard.error as { trouble?: unknown }).trouble : heard,
    };
  });
}

/** A ping that is to pass no router, to an address that the kernel only routes to. */
export function hopsExceeded() {
  return withStack(1500, function* (ip) {
    tapCreate({ name: "far", address: "192.168.9.1/24" });
    writeFileSync("/proc/sys/net/ipv4/ip_forward", "1");
    const outcome = yield* spawn(() => ip.ping("192.168.9.77", { hops: 1 })).result();
    const beyond = yield* ip.ping("192.168.9.1", { hops: 1 });
    return {
      beyond: beyond.dataSize,
      passed: outcome.status === "failed" ? (outcome.error as { trouble?: unknown }).trouble : null,
    };
  });
}

/** What arrives of a broadcast from each side. */
export function broadcasts() {
  return withStack(1500, function* (ip) {
    const kernel = createSocket("udp4");
    kernel.bind(9000);
    yield* until(once(kernel, "listening"));
    kernel.setBroadcast(true);
    const socket = ip.udp.bind(9000);
    const heard: string[] = [];
    for (const address of ["10.0.0.255", "255.255.255.255"]) {
      const answer = message(kernel);
      socket.send(Uint8Array.of(65), { address: parseAddress(address), port: 9000 });
      heard.push(String(yield* until(answer)));
    }
    kernel.send("B", 9000, "10.0.0.255");
    const { data, target } = yield* socket.receive();
    heard.push(String.fromCharCode(...data), `${target === parseAddress("10.0.0.255")}`);
    kernel.close();
    return heard;
  });
}

/** What the kernel believes our hardware address to be after we have announced it, asking nobody. */
export function announced() {
  tapCreate({ name: "tap0", address: `${KERNEL}/24` });
  const solo5 = host({ net: { service: { tap: "tap0" } } });
  const stack = tcpip({ device: "service", address: `${US}/24` });
  const neighbour = async () => {
    const { stdout } = await execute("ip", ["neigh", "show", US]);
    return / lladdr (\S+)/.exec(stdout)?.[1] ?? "unknown";
  };
  return run(
    [stack],
    function* (ip) {
      const mac = [...ip.mac].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
      // Only who is in the table already is mended by an announcement.
      yield* until(
        execute("ip", [
          "neigh",
          "replace",
          US,
          "lladdr",
          "02:00:00:00:00:99",
          "dev",
          "tap0",
          "nud",
          "stale",
        ]),
      );
      ip.arp.announce();
      for (let tries = 0; tries < 100; tries++) {
        if ((yield* until(neighbour())) === mac) return "mended";
      }
      return `${yield* until(neighbour())}, not ${mac}`;
    },
    { solo5 },
  ).finally(() => solo5.close());
}

/** The next message; null after two seconds. */
async function message(socket: Socket): Promise<Buffer | null> {
  const signal = AbortSignal.timeout(2000);
  try {
    const [data] = (await once(socket, "message", { signal })) as [Buffer];
    return data;
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
}

/** Packets that the kernel dropped for wrong checksums or headers, in this namespace. */
function wrongChecksums(): number {
  const lines = readFileSync("/proc/net/snmp", "utf8").split("\n");
  let count = 0;
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const names = (lines[i] as string).split(" ");
    const values = (lines[i + 1] as string).split(" ");
    for (const [at, name] of names.entries()) {
      if (name === "InCsumErrors" || name === "InHdrErrors") count += Number(values[at]);
    }
  }
  return count;
}
