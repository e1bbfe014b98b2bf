// What the sample's server has to say: short and long answers, with and without a length, and what takes a body.

import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

const SIZE_MAX = 2 ** 40;
const PART_SIZE = 65_536;

type Answer = (request: IncomingMessage, response: ServerResponse, size: number) => Promise<void>;

interface Page {
  readonly methods: readonly string[];
  readonly answer: Answer;
  /** The path's second part is a count of bytes. */
  readonly hasSize?: true;
}

const PAGES: Readonly<Record<string, Page>> = {
  "": { methods: ["GET", "HEAD"], answer: greet },
  bytes: { methods: ["GET", "HEAD"], answer: sendBytes, hasSize: true },
  chunks: { methods: ["GET", "HEAD"], answer: sendChunks, hasSize: true },
  digest: { methods: ["POST", "PUT"], answer: digest },
  echo: { methods: ["POST", "PUT"], answer: echo },
};

/**
 * `/` greets, `/bytes/N` has N bytes and says so, `/chunks/N` has as many without a length, `/echo` gives a body back while it
 * comes, `/digest` tells its size and SHA-256.
 */
export function site(request: IncomingMessage, response: ServerResponse): void {
  const [, name = "", size] = (request.url ?? "").split("/");
  const page = Object.hasOwn(PAGES, name) ? PAGES[name] : undefined;
  if (page === undefined) return refuse(response, 404, "no such page");
  if (!page.methods.includes(request.method ?? "")) {
    response.setHeader("Allow", page.methods.join(", "));
    return refuse(response, 405, "not this method");
  }
  const count = Number(size ?? 0);
  if ((size === undefined) === (page.hasSize === true) || !isSize(count)) {
    return refuse(response, 400, `wanted ${page.hasSize ? `/${name}/BYTES` : `/${name}`}`);
  }
  // A client that goes away ends its own request: there is nobody left to tell.
  page.answer(request, response, count).catch(() => response.destroy());
}

/** What `/bytes/N` consists of, from `offset` on. */
export function bytesAt(offset: number, size: number): Buffer {
  const part = Buffer.allocUnsafe(size);
  for (let i = 0; i < size; i++) {
    const at = offset + i;
    part[i] = (at ^ (at >>> 8) ^ (at >>> 16)) & 255;
  }
  return part;
}

function isSize(count: number): boolean {
  return Number.isSafeInteger(count) && count >= 0 && count <= SIZE_MAX;
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { "Content-Type": "text/plain" }).end(`${status}: ${why}\n`);
}

async function greet(request: IncomingMessage, response: ServerResponse): Promise<void> {
  // Node does not tell it of a TLS connection over a stream that is not its own.
  const { remoteAddress = "whoever you are" } = request.socket;
  const text = `hello ${remoteAddress}, this is node:http on a TCP/IP stack of our own\n`;
  response.writeHead(200, { "Content-Type": "text/plain", "Content-Length": text.length });
  response.end(text);
}

async function sendBytes(
  request: IncomingMessage,
  response: ServerResponse,
  size: number,
): Promise<void> {
  const type = { "Content-Type": "application/octet-stream" };
  response.writeHead(200, { ...type, "Content-Length": size });
  await send(request, response, size);
}

async function sendChunks(
  request: IncomingMessage,
  response: ServerResponse,
  size: number,
): Promise<void> {
  response.writeHead(200, { "Content-Type": "application/octet-stream" });
  await send(request, response, size);
}

async function send(
  { method }: IncomingMessage,
  response: ServerResponse,
  size: number,
): Promise<void> {
  if (method === "HEAD") response.end();
  else await pipeline(Readable.from(parts(size)), response);
}

function* parts(size: number): Generator<Buffer, void, void> {
  for (let at = 0; at < size; at += PART_SIZE) yield bytesAt(at, Math.min(PART_SIZE, size - at));
}

async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const length = request.headers["content-length"];
  response.writeHead(200, length === undefined ? {} : { "Content-Length": length });
  await pipeline(request, response);
}

async function digest(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    hash.update(part);
    size += part.length;
  }
  response.writeHead(200, { "Content-Type": "application/json" });
  response.end(`${JSON.stringify({ size, sha256: hash.digest("hex") })}\n`);
}
