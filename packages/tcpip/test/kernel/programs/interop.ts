// Conversations of the stack's with programs of the kernel's side, each captured.
import { type ChildProcess, spawn as spawnChild } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { type Suspended, spawn, until } from "@miou-solo5/scheduler";
import { parseAddress, type Stack, type TcpConnection } from "../../../src/index.ts";
import { duplexOf } from "../../../src/node.ts";
import { captured, execute, KERNEL, type Setting, TIED, US } from "./captured.ts";
import { type Iperf3Test, iperf3Server } from "./iperf3.ts";

const PORT = 9000;
/** None whose text tcpdump would look into. */
const HTTP_PORT = 8000;

/** How many of `count` pings of each size are answered, in each direction. */
export function pings(setting: Setting, count: number, sizes: readonly number[]) {
  return captured(setting, function* (ip) {
    const answered: { size: number; kernels: number; ours: number }[] = [];
    for (const size of sizes) {
      const kernels = yield* until(ping(count, size));
      let ours = 0;
      for (let i = 0; i < count; i++) {
        const { status } = yield* spawn(() =>
          ip.ping(KERNEL, { dataSize: size, timeout: 200_000_000 }),
        ).result();
        if (status === "succeeded") ours++;
      }
      answered.push({ size, kernels, ours });
    }
    return answered;
  });
}

/** The kernel's, which looks at the data that comes back as well. */
async function ping(count: number, size: number): Promise<number> {
  const words = ["-q", "-c", `${count}`, "-i", "0.002", "-W", "1", "-s", `${size}`, US];
  const { stdout } = await execute("ping", words).catch((error) => error as { stdout: string });
  if (/wrong data|errors/.test(stdout)) throw new Error(stdout);
  return Number(/ (\d+) received/.exec(stdout)?.[1]);
}

/** What has arrived of what was sent, one way and the other: whether it is the same. */
interface Exchanged {
  readonly forth: boolean;
  readonly back: boolean;
}

/** nc sends and finishes, then we answer; or we send and finish at once, and read what nc still sends. */
export function ncAsks(setting: Setting, size: number, first: "nc" | "we") {
  return captured(setting, function* (ip): Generator<Suspended, Exchanged, void> {
    const { question, answer, paths } = files(setting, size);
    const listener = ip.tcp.listen(PORT);
    const nc = startNc(paths, [US, `${PORT}`]);
    const connection = yield* listener.accept();
    return yield* exchange(connection, first, { nc, question, answer, output: paths.output });
  });
}

/** nc listens, sends and finishes, then we answer. (The other way round it would end as soon as we have finished.) */
export function ncAnswers(setting: Setting, size: number) {
  return captured(setting, function* (ip): Generator<Suspended, Exchanged, void> {
    const { question, answer, paths } = files(setting, size);
    const nc = startNc(paths, ["-l", KERNEL, `${PORT}`]);
    yield* until(listening(PORT));
    const connection = yield* ip.tcp.connect({ address: parseAddress(KERNEL), port: PORT });
    return yield* exchange(connection, "nc", { nc, question, answer, output: paths.output });
  });
}

interface Nc {
  readonly nc: ChildProcess;
  readonly question: Buffer;
  readonly answer: Buffer;
  /** Where nc writes what it gets. */
  readonly output: string;
}

function* exchange(
  connection: TcpConnection,
  first: "nc" | "we",
  { nc, question, answer, output }: Nc,
): Generator<Suspended, Exchanged, void> {
  const write = function* () {
    yield* connection.write(answer);
    connection.shutdown();
  };
  if (first === "we") yield* write();
  const got = yield* readAll(connection);
  if (first === "nc") yield* write();
  yield* connection.closed();
  connection.close();
  yield* until(ended(nc));
  return { forth: got.equals(question), back: readFileSync(output).equals(answer) };
}

interface Paths {
  readonly input: string;
  readonly output: string;
}

/** What nc sends, and what it is to get. */
function files({ folder }: Setting, size: number) {
  const paths: Paths = { input: join(folder, "input"), output: join(folder, "output") };
  const question = randomBytes(size);
  writeFileSync(paths.input, question);
  return { question, answer: randomBytes(size), paths };
}

/** `-N`: the end of its input shuts the sending half. */
function startNc({ input, output }: Paths, words: readonly string[]): ChildProcess {
  const [from, to] = [openSync(input, "r"), openSync(output, "w")];
  const line = [...TIED, "nc", "-n", "-N", ...words];
  const child = spawnChild("setpriv", line, { stdio: [from, to, "inherit"] });
  closeSync(from);
  closeSync(to);
  return child;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null) await once(child, "exit");
  if (child.exitCode !== 0) throw new Error(`it ended with ${child.exitCode}`);
}

/** Waits until somebody of this namespace listens to the port. */
async function listening(port: number): Promise<void> {
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")} `;
  const isListening = (line: string) => line.includes(local) && line.includes(" 0A ");
  while (!readFileSync("/proc/net/tcp", "utf8").split("\n").some(isListening)) {
    await setTimeout(5);
  }
}

function* readAll(connection: TcpConnection): Generator<Suspended, Buffer, void> {
  const chunks: Buffer[] = [];
  const buffer = new Uint8Array(65_536);
  const read = connection.read(buffer);
  for (let size = yield* read; size > 0; size = yield* read) {
    chunks.push(Buffer.from(buffer.slice(0, size)));
  }
  return Buffer.concat(chunks);
}

/** iperf3 as the kernel's client, a server of its protocol on our stack. */
export function iperf3(setting: Setting, { bytes, streams, mode }: Iperf3Test) {
  return captured(setting, function* (ip) {
    const path = join(setting.folder, "data");
    const data = randomBytes(bytes + 1_000_000);
    const server = spawn(() => iperf3Server(ip, data));
    const options = {
      forward: ["--repeating-payload"],
      // Several streams would write to one file.
      reverse: streams === 1 ? ["-R", "-F", path] : ["-R"],
      both: ["--bidir", "--repeating-payload"],
    }[mode];
    const words = ["-c", US, "-J", "-n", `${bytes}`, "-P", `${streams}`, ...options];
    const { stdout } = yield* until(execute("iperf3", words));
    const report = JSON.parse(stdout) as {
      error?: string;
      end: Record<string, { bytes: number } | undefined>;
    };
    if (report.error !== undefined) throw new Error(`iperf3: ${report.error}`);
    const found = yield* server;
    const file = mode === "reverse" && streams === 1 ? readFileSync(path) : null;
    return {
      ...found,
      sentByIperf3: report.end["sum_sent"]?.bytes ?? 0,
      receivedByIperf3: report.end["sum_received"]?.bytes ?? 0,
      fileSize: file?.length ?? 0,
      isFileRight: file === null ? null : file.equals(data.subarray(0, file.length)),
    };
  });
}

/** curl fetches `count` texts at once and one after the other, and sends one; node:http answers on our stack. */
export function curl(setting: Setting, size: number, count: number) {
  return captured(setting, function* (ip) {
    const text = randomBytes(size);
    const got: string[] = [];
    const server = createServer((asked, answer) => {
      const hash = createHash("sha256");
      asked.on("data", (chunk: Buffer) => hash.update(chunk));
      asked.on("end", () => {
        if (asked.method === "GET") answer.end(text);
        else answer.end(hash.digest("hex"));
        got.push(`${asked.method} ${asked.httpVersion}`);
      });
    });
    const accepting = spawn(() => accept(ip, server));
    const { folder } = setting;
    const urls = Array.from({ length: count }, (_, i) => `http://${US}:${HTTP_PORT}/${i}`);
    const outputs = urls.flatMap((url, i) => [url, "-o", join(folder, `got-${i}`)]);
    const wrong: string[] = [];
    for (const how of [[], ["--parallel", "--parallel-immediate"]]) {
      yield* until(execute("curl", ["-sS", "--fail", ...how, ...outputs]));
      for (const i of urls.keys()) {
        const path = join(folder, `got-${i}`);
        if (!readFileSync(path).equals(text)) wrong.push(`${how[0] ?? "in turn"} ${i}`);
        writeFileSync(path, "");
      }
    }
    const upload = join(folder, "upload");
    writeFileSync(upload, text);
    const { stdout } = yield* until(
      execute("curl", ["-sS", "--fail", "-T", upload, `http://${US}:${HTTP_PORT}/up`]),
    );
    if (stdout !== createHash("sha256").update(text).digest("hex")) wrong.push("upload");
    yield* accepting.cancel();
    server.closeAllConnections();
    return { wrong, got };
  });
}

function* accept(
  ip: Stack,
  server: ReturnType<typeof createServer>,
): Generator<Suspended, void, void> {
  const listener = ip.tcp.listen(HTTP_PORT);
  while (true) server.emit("connection", duplexOf(yield* listener.accept()));
}

/** A little of everything, so that each kind of checksum is there to be spoilt. */
export function mixture(setting: Setting) {
  return captured(setting, function* (ip) {
    yield* until(ping(2, 100));
    yield* until(ping(2, 3000));
    const socket = ip.udp.bind(0);
    socket.send(new Uint8Array(100), { address: parseAddress(KERNEL), port: PORT });
    const { question, answer, paths } = files(setting, 10_000);
    const listener = ip.tcp.listen(PORT);
    const nc = startNc(paths, [US, `${PORT}`]);
    const connection = yield* listener.accept();
    return yield* exchange(connection, "nc", { nc, question, answer, output: paths.output });
  });
}
