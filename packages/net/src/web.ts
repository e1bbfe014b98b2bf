// Frames for programs without tasks: async iteration and web streams over a private scheduler.
import { type Run, type Solo5, start } from "@miou-solo5/scheduler";
import { NetError } from "./errors.ts";
import { type Net, net } from "./net.ts";
import type { NetStatistics } from "./statistics.ts";
import { FrameIterator, Service } from "./web-service.ts";

/** The platform's own stream types, where the program's types know them. */
type HostReadable = typeof globalThis extends { ReadableStream: { prototype: infer S } }
  ? S
  : unknown;
type HostWritable = typeof globalThis extends { WritableStream: { prototype: infer S } }
  ? S
  : unknown;

/**
 * Acquires network device `name` of `solo5` and serves it from a scheduler of its own, which is that world's
 * one run until `close`.
 *
 * @throws as rejection: {NetError} ERR_SOLO5_INVALID_ARGUMENT for a wrong name, and for a world of virtual time,
 * where nobody waits for promises; {SchedulerError} ERR_SOLO5_BUSY, ERR_SOLO5_DEVICES with `errors`
 */
export async function openNet(solo5: Solo5, name: string): Promise<WebNet> {
  if (solo5.virtualTime === true) {
    throw new NetError(
      "ERR_SOLO5_INVALID_ARGUMENT",
      String(name),
      "openNet needs a world in real time: in a simulation nothing happens while promises are waited for",
    );
  }
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
   * Frames as they come, each a fresh array, until the device is closed; throws when it fails. A frame that
   * nobody asks for waits in the device. Several iterations share the frames: each goes to the one that has
   * waited longest. Leaving an iteration, also one that waits, loses no frame.
   */
  frames(): AsyncIterableIterator<Uint8Array> {
    return new FrameIterator(this.#service);
  }

  /**
   * Frames as a web stream, one a chunk; shares them with `frames`. What it had asked for when it is cancelled
   * goes to the others.
   *
   * @throws {NetError} ERR_SOLO5_INVALID_ARGUMENT where the engine has no streams
   */
  get readable(): HostReadable {
    if (this.#readable === undefined) {
      const frames = this.frames();
      let isCancelled = false;
      this.#readable = this.#makeStream("ReadableStream", {
        pull: async (controller: { enqueue(frame: Uint8Array): void; close(): void }) => {
          const { done, value } = await frames.next();
          if (isCancelled) return;
          if (done) controller.close();
          else controller.enqueue(value);
        },
        cancel: async () => {
          isCancelled = true;
          await frames.return?.();
        },
      });
    }
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
      // One frame at a time: what is not asked for waits in the device.
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
