// Frames for programs without tasks: async iteration and web streams over a private scheduler.
import {
  type Operation,
  type Run,
  type Solo5,
  type Suspended,
  type Syscall,
  signal,
  start,
  suspend,
  syscall,
} from "@miou-solo5/scheduler";
import { NetError } from "./errors.ts";
import { type Net, net } from "./net.ts";
import type { NetStatistics } from "./statistics.ts";

/** The platform's own stream types, where the program's types know them. */
type HostReadable = typeof globalThis extends { ReadableStream: { prototype: infer S } }
  ? S
  : unknown;
type HostWritable = typeof globalThis extends { WritableStream: { prototype: infer S } }
  ? S
  : unknown;

/**
 * Acquires network device `name` of `solo5` and serves it from a scheduler of its own.
 *
 * Rejects with ERR_SOLO5_DEVICES (`errors` tell why); throws as `start` does.
 */
export async function openNet(solo5: Solo5, name: string): Promise<WebNet> {
  const service = new Service();
  const run = start([net(name)], (device) => service.serve(device), { solo5 });
  const ended = run.result.then(
    () => service.end(null),
    (error: unknown) => service.end(error),
  );
  const device = await service.opened;
  return new WebNet(device, service, run, ended);
}

/** A network device for programs that use promises. */
export class WebNet {
  readonly name: string;
  /** The device's hardware address: 6 bytes. */
  readonly mac: Uint8Array;
  /** Payload bytes of a frame, the Ethernet header not counted. */
  readonly mtu: number;
  /** Bytes of the longest frame: `mtu` + 14. */
  readonly frameSizeMax: number;
  readonly #device: Net;
  readonly #service: Service;
  readonly #run: Run<void>;
  readonly #ended: Promise<void>;
  #readable: unknown;
  #writable: unknown;

  /** Use `openNet`. */
  constructor(device: Net, service: Service, run: Run<void>, ended: Promise<void>) {
    this.name = device.name;
    this.mac = device.mac;
    this.mtu = device.mtu;
    this.frameSizeMax = device.frameSizeMax;
    this.#device = device;
    this.#service = service;
    this.#run = run;
    this.#ended = ended;
  }

  /**
   * Frames as they come, each a fresh array, until the device is closed; throws when it fails.
   * Several iterations share the frames: each frame goes to the one that has waited longest.
   */
  async *frames(): AsyncGenerator<Uint8Array, void, void> {
    for (;;) {
      const frame = await this.#service.frame();
      if (frame === null) return;
      yield frame;
    }
  }

  /** Frames as a web stream, one a chunk. @throws {NetError} ERR_SOLO5_INVALID_ARGUMENT where the engine has no streams */
  get readable(): HostReadable {
    this.#readable ??= this.#makeStream("ReadableStream", {
      pull: async (controller: { enqueue(frame: Uint8Array): void; close(): void }) => {
        const frame = await this.#service.frame();
        if (frame === null) controller.close();
        else controller.enqueue(frame);
      },
    });
    return this.#readable as HostReadable;
  }

  /** A web stream that sends each chunk as one frame. @throws as `readable` */
  get writable(): HostWritable {
    this.#writable ??= this.#makeStream("WritableStream", {
      write: (frame: Uint8Array) => this.write(frame),
    });
    return this.#writable as HostWritable;
  }

  /** Sends one frame. @throws {NetError} as `Net.write` */
  write(frame: Uint8Array): void {
    this.#device.write(frame);
  }

  /** As `Net.statistics`. */
  statistics(into?: NetStatistics): NetStatistics {
    return this.#device.statistics(into);
  }

  /** Ends every iteration and releases the device. Idempotent. */
  async close(): Promise<void> {
    await this.#run.cancel();
    await this.#ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #makeStream(kind: "ReadableStream" | "WritableStream", source: object): unknown {
    const Stream = (globalThis as Record<string, unknown>)[kind];
    if (typeof Stream === "function") {
      // One frame at a time: what is not asked for waits in the kernel.
      return Reflect.construct(Stream, [
        source,
        { highWaterMark: kind === "ReadableStream" ? 0 : 1 },
      ]);
    }
    throw new NetError(
      "ERR_SOLO5_INVALID_ARGUMENT",
      this.name,
      `this engine has no ${kind}: use frames() and write()`,
    );
  }
}

interface Request {
  readonly resolve: (frame: Uint8Array | null) => void;
  readonly reject: (error: unknown) => void;
}

/** The one task that reads, and those outside who wait for what it reads. */
class Service {
  readonly opened: Promise<Net>;
  readonly #requests: Request[] = [];
  #resolveOpened: (device: Net) => void = () => {};
  #rejectOpened: (error: unknown) => void = () => {};
  /** Signalled when somebody asks; null while the task is reading. */
  #idle: Syscall<void> | null = null;
  #end: { readonly error: unknown } | null = null;

  constructor() {
    this.opened = new Promise((resolve, reject) => {
      this.#resolveOpened = resolve;
      this.#rejectOpened = reject;
    });
  }

  *serve(device: Net): Generator<Suspended, void, void> {
    this.#resolveOpened(device);
    const read: Operation<Uint8Array> = device.readBytes();
    for (;;) {
      while (this.#requests.length === 0) {
        this.#idle = syscall();
        yield* suspend(this.#idle, { external: true, what: "somebody to ask for a frame" });
        this.#idle = null;
      }
      const frame = yield* read;
      this.#requests.shift()?.resolve(frame);
    }
  }

  /** The next frame; null when the device was closed. Rejects when it failed. */
  frame(): Promise<Uint8Array | null> {
    return new Promise((resolve, reject) => {
      this.#requests.push({ resolve, reject });
      if (this.#end !== null) this.#settleAll();
      else if (this.#idle !== null) signal(this.#idle);
    });
  }

  /** The run is over: ERR_SOLO5_CANCELLED means that `close` was called. */
  end(error: unknown): void {
    const closed = (error as { readonly code?: unknown } | null)?.code === "ERR_SOLO5_CANCELLED";
    this.#end = { error: closed ? null : error };
    this.#rejectOpened(error);
    this.#settleAll();
  }

  #settleAll(): void {
    const error = this.#end?.error ?? null;
    for (const { resolve, reject } of this.#requests.splice(0)) {
      if (error === null) resolve(null);
      else reject(error);
    }
  }
}
