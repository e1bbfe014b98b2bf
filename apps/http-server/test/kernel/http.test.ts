// The built program under `solo5-node`, on a TAP, asked by curl over the kernel's TCP.

import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isLeftOut, Network, type Program } from "../../../echo-server/test/kernel/network.ts";
import { bytesAt } from "../../src/site.ts";

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const TIMEOUT = { timeout: 90_000 };
const LARGE = 30_000_000;

let folder: string;
let network: Network;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "miou-solo5-http-"));
  network = await Network.open();
  await network.tapCreate("tap0", "10.0.0.1/24");
});

afterEach(async () => {
  await network[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

async function serving(program = "../../dist/main.js", ...words: string[]): Promise<Program> {
  const server = network.solo5Node("--net:service=tap0", "--", path(program), ...words);
  await server.printed(/^https?-server: .*\n/m);
  return server;
}

/** What curl prints. Other statuses than 0 throw. */
function curl(...words: string[]): Promise<string> {
  return network.run("curl", "--silent", "--show-error", "--max-time", "60", ...words);
}

function sha256(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

function file(name: string, content: Buffer): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

async function endsWell(server: Program): Promise<void> {
  const { status, output } = await server.interrupt();
  expect(output).toMatch(/^https?-server: .*\n$/);
  expect(status).toBe(130);
}

describe.skipIf(isLeftOut("http.test.ts"))("node:http on our stack", () => {
  test("answers several requests on one connection", TIMEOUT, async () => {
    const server = await serving();
    const urls = Array.from({ length: 20 }, () => "http://10.0.0.2/");
    const verbose = await curl("--verbose", ...urls);
    expect(verbose.match(/hello 10\.0\.0\.1/g)).toHaveLength(20);
    expect(verbose.match(/Connected to 10\.0\.0\.2/g)).toHaveLength(1);
    expect(verbose.match(/Re-using existing connection/g)).toHaveLength(19);
    await endsWell(server);
  });

  test("answers many at once, each with its own", TIMEOUT, async () => {
    const server = await serving();
    const sizes = Array.from({ length: 40 }, (_, i) => i * 10_007);
    const words = sizes.flatMap((size) => [
      "--output",
      join(folder, `${size}`),
      `http://10.0.0.2/bytes/${size}`,
    ]);
    await curl("--parallel", "--parallel-immediate", "--parallel-max", "40", ...words);
    const wrong = sizes.filter(
      (size) => !readFileSync(join(folder, `${size}`)).equals(bytesAt(0, size)),
    );
    expect(wrong).toEqual([]);
    await endsWell(server);
  });

  test("sends a large body, and takes one", TIMEOUT, async () => {
    const server = await serving();
    const data = file("data", bytesAt(0, LARGE));
    const back = join(folder, "back");
    await curl("--output", back, `http://10.0.0.2/bytes/${LARGE}`);
    expect(sha256(back)).toBe(sha256(data));
    const digest = { size: LARGE, sha256: sha256(data) };
    expect(JSON.parse(await curl("--upload-file", data, "http://10.0.0.2/digest"))).toEqual(digest);
    // Both at once, on one connection.
    await curl("--output", back, "--data-binary", `@${data}`, "http://10.0.0.2/echo");
    expect(sha256(back)).toBe(sha256(data));
    await endsWell(server);
  });

  test("answers HEAD without a body, and goes on", TIMEOUT, async () => {
    const server = await serving();
    const both = await curl("--head", "http://10.0.0.2/bytes/1234", "http://10.0.0.2/chunks/5");
    expect(both.match(/^HTTP\/1\.1 200 OK\r$/gm)).toHaveLength(2);
    expect(both).toMatch(/^Content-Length: 1234\r$/m);
    expect(both).toMatch(/\r\n\r\n$/);
    await endsWell(server);
  });

  test("sends in chunks, and takes chunks", TIMEOUT, async () => {
    const server = await serving();
    const data = file("data", bytesAt(0, 1_000_000));
    const [head, back] = [join(folder, "head"), join(folder, "back")];
    await curl("--dump-header", head, "--output", back, "http://10.0.0.2/chunks/1000000");
    expect(readFileSync(head, "utf8")).toMatch(/^Transfer-Encoding: chunked\r$/m);
    expect(sha256(back)).toBe(sha256(data));
    const chunked = ["--header", "Transfer-Encoding: chunked", "--upload-file", data];
    await curl("--output", back, ...chunked, "http://10.0.0.2/echo");
    expect(sha256(back)).toBe(sha256(data));
    await endsWell(server);
  });

  test("refuses what it does not have", TIMEOUT, async () => {
    const server = await serving();
    const status = (...words: string[]) =>
      curl("--output", "/dev/null", "--write-out", "%{http_code}", ...words);
    expect(await status("http://10.0.0.2/nothing")).toBe("404");
    expect(await status("http://10.0.0.2/constructor")).toBe("404");
    expect(await status("http://10.0.0.2/bytes")).toBe("400");
    expect(await status("http://10.0.0.2/bytes/-1")).toBe("400");
    expect(await status("--request", "DELETE", "http://10.0.0.2/echo")).toBe("405");
    await endsWell(server);
  });

  test("goes on when clients go away half-way", TIMEOUT, async () => {
    const server = await serving();
    const url = "http://10.0.0.2/bytes/1000000000000";
    for (let i = 0; i < 5; i++) {
      const client = network.spawn("curl", ["--silent", "--verbose", "--output", "/dev/null", url]);
      await client.printed(/HTTP\/1\.1 200 OK/);
      client.process.kill("SIGKILL");
      await client.ended();
    }
    const upload = ["--silent", "--verbose", "--upload-file", "/dev/zero"];
    const client = network.spawn("curl", [...upload, "http://10.0.0.2/digest"]);
    await client.printed(/We are completely uploaded|PUT \/digest/);
    client.process.kill("SIGKILL");
    await client.ended();
    expect(await curl("http://10.0.0.2/")).toContain("hello 10.0.0.1");
    // Nobody is left whom the end would have to wait for.
    await endsWell(server);
  });

  test("at Ctrl-C lets an answer end, and refuses who is new", TIMEOUT, async () => {
    const server = await serving();
    const back = join(folder, "back");
    const slow = ["--limit-rate", "20M", "--output", back, `http://10.0.0.2/bytes/${LARGE}`];
    const client = network.spawn("curl", ["--silent", "--verbose", ...slow]);
    await client.printed(/HTTP\/1\.1 200 OK/);
    server.process.kill("SIGINT");
    expect((await client.ended()).status).toBe(0);
    expect(sha256(back)).toBe(sha256(file("data", bytesAt(0, LARGE))));
    expect((await server.ended()).status).toBe(130);
    const late = network.spawn("curl", ["--silent", "--max-time", "1", "http://10.0.0.2/"]);
    expect((await late.ended()).status).not.toBe(0);
  });

  test("at Ctrl-C closes idle connections without a reset", TIMEOUT, async () => {
    const server = await serving();
    const script = `
      const socket = require("node:net").connect({ host: "10.0.0.2", port: 80 });
      socket.write("GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n");
      for (const name of ["data", "end", "error"]) socket.on(name, () => console.log(name));
    `;
    const client = network.spawn(process.execPath, ["--eval", script]);
    await client.printed(/data\n/);
    server.process.kill("SIGINT");
    expect((await server.ended()).status).toBe(130);
    expect(await client.ended()).toEqual({ status: 0, output: "data\nend\n" });
  });

  test("at Ctrl-C cuts after three seconds what takes longer", TIMEOUT, async () => {
    const server = await serving();
    const endless = ["--output", "/dev/null", "http://10.0.0.2/bytes/1000000000000"];
    const client = network.spawn("curl", ["--silent", "--verbose", ...endless]);
    await client.printed(/HTTP\/1\.1 200 OK/);
    server.process.kill("SIGINT");
    expect((await server.ended()).status).toBe(130);
    expect((await client.ended()).status).not.toBe(0);
  });

  test("closes a connection on which no request comes", TIMEOUT, async () => {
    const server = await serving();
    // After five seconds, as node:http has it unless told otherwise.
    const script = `
      const socket = require("node:net").connect({ host: "10.0.0.2", port: 80 });
      socket.write("GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n");
      socket.on("data", (part) => console.log(String(part)));
      socket.on("end", () => console.log("end"));
    `;
    const output = await network.run(process.execPath, "--eval", script);
    expect(output).toContain("hello 10.0.0.1");
    expect(output).toMatch(/\nend\n$/);
    await endsWell(server);
  });

  test("refuses a wrong command line with a reason and status 2", TIMEOUT, async () => {
    const words = ["--net:service=tap0", "--", path("../../dist/main.js"), "10.0.0.2"];
    const { status, output } = await network.solo5Node(...words).ended();
    expect(output).toBe(
      'http-server: wanted ADDRESS/PREFIX such as 10.0.0.2/24, got "10.0.0.2"\n' +
        "usage: http-server [ADDRESS/PREFIX [GATEWAY]]\n",
    );
    expect(status).toBe(2);
  });

  test("over TLS does the same for who trusts its certificate", TIMEOUT, async () => {
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    await network.run(
      "openssl",
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-nodes",
      "-days",
      "2",
      ...[
        ["-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", "/CN=miou-solo5"],
        ["-addext", "subjectAltName=IP:10.0.0.2", "-keyout", key, "-out", cert],
      ].flat(),
    );
    const server = await serving("./tls.mjs", key, cert);
    const trusting = (...words: string[]) => curl("--cacert", cert, ...words);
    const data = file("data", bytesAt(0, LARGE));
    const back = join(folder, "back");
    const verbose = await trusting("--verbose", "https://10.0.0.2/", "https://10.0.0.2/");
    expect(verbose.match(/hello whoever you are/g)).toHaveLength(2);
    expect(verbose.match(/Re-using existing connection/g)).toHaveLength(1);
    expect(verbose).toContain("TLSv1.3");
    await trusting("--output", back, `https://10.0.0.2/bytes/${LARGE}`);
    expect(sha256(back)).toBe(sha256(data));
    const digest = { size: LARGE, sha256: sha256(data) };
    expect(JSON.parse(await trusting("--upload-file", data, "https://10.0.0.2/digest"))).toEqual(
      digest,
    );
    // Who does not trust it goes away, and nobody is worse off for it.
    const stranger = network.spawn("curl", ["--silent", "https://10.0.0.2/"]);
    expect((await stranger.ended()).status).toBe(60);
    expect(await trusting("https://10.0.0.2/")).toContain("hello whoever you are");
    const { status } = await server.interrupt();
    expect(status).toBe(130);
  });
});
