// A machine of a simulated world: its devices, its programs, its console.
import {
  type Device,
  type DeviceValues,
  type Operation,
  type Run,
  type RunOptions,
  type Solo5,
  start,
  type Tracer,
} from "@miou-solo5/scheduler";
import { goldenTracer } from "@miou-solo5/scheduler/testing";
import { Boot } from "./boot.ts";
import { Disk, type DiskOptions } from "./disk.ts";
import { SimError } from "./errors.ts";
import { Handles } from "./handles.ts";
import { NetPort, type NetPortOptions } from "./net-port.ts";
import { Random } from "./random.ts";
import type { Parts } from "./solo5.ts";
import type { Timeline } from "./timeline.ts";
import { decodeUtf8 } from "./utf8.ts";
import { Waiting } from "./waiting.ts";

export interface MachineOptions {
  /** The command line of its programs. */
  readonly arguments?: readonly string[];
  /** Hears what is written to the console, as it comes; `Machine.console` then stays empty. */
  readonly onConsole?: (bytes: Uint8Array) => void;
}

/** The world that a machine stands in. */
export interface Surroundings {
  readonly timeline: Timeline;
  readonly seed: number;
  /** The network devices of all its machines, each with its machine's name. */
  readonly ports: Map<NetPort, string>;
  /** Hears what happens to whom; null where nobody listens. */
  trace: ((who: string, what: string) => void) | null;
}

export class Machine {
  readonly name: string;
  readonly #seed: number;
  readonly #trace: Surroundings["trace"];
  readonly #parts: Omit<Parts, "isRunning">;
  #boot: Boot;
  /** Starts again what was started last. */
  #again: (() => Run<unknown>) | null = null;
  readonly #random: Random;
  readonly #handles: Handles;
  readonly #waiting: Waiting;
  readonly #ports: Map<NetPort, string>;
  readonly #written: Uint8Array[] = [];
  /** The latest; one at a time can be under way. */
  #run: Run<unknown> | null = null;
  #status: number | null = null;

  /** Use `World.machine`. */
  constructor(name: string, surroundings: Surroundings, options: MachineOptions) {
    const { timeline, seed, ports } = surroundings;
    this.name = name;
    this.#seed = seed;
    this.#trace = surroundings.trace;
    this.#random = new Random(seed, name);
    this.#handles = new Handles(name);
    this.#waiting = new Waiting(name, timeline, this.#handles);
    this.#ports = ports;
    this.#parts = {
      arguments: Object.freeze([...(options.arguments ?? [])]),
      timeline,
      random: this.#random,
      handles: this.#handles,
      waiting: this.#waiting,
      consoleWrite: options.onConsole ?? ((bytes) => void this.#written.push(bytes)),
      exit: (status) => {
        this.#status ??= status;
        this.stop();
      },
    };
    this.#boot = new Boot(name, this.#parts);
  }

  /** The world as this machine's programs see it: another one after a crash. */
  get solo5(): Solo5 {
    return this.#boot.solo5;
  }

  /** The status with which a program called `exit` first; null where none did. */
  get status(): number | null {
    return this.#status;
  }

  /** What the machine's programs wrote to the console, as text. */
  get console(): string {
    const bytes = new Uint8Array(this.#written.reduce((size, some) => size + some.length, 0));
    let at = 0;
    for (const some of this.#written) {
      bytes.set(some, at);
      at += some.length;
    }
    return decodeUtf8(bytes);
  }

  /**
   * Adds a network device. `World.wire` connects it with another.
   *
   * @throws {SimError} ERR_SOLO5_INVALID_ARGUMENT where the name is taken or no device name, or an option is wrong
   */
  net(name: string, options: NetPortOptions = {}): NetPort {
    this.#handles.checkName(name);
    const port = new NetPort(name, options.mac ?? this.#localMac(), options);
    port.onInput = () => this.#waiting.inputCame();
    this.#handles.attach({ kind: "net", name, port, slots: null });
    this.#ports.set(port, this.name);
    return port;
  }

  /**
   * Adds a block device. A `Disk` that is given is used as it is, with all it holds: so another machine can go
   * on with what one has written. A disk that two machines have, which is no cluster's disk, loses what is not
   * flushed when either crashes.
   *
   * @throws {SimError} as `net`
   */
  disk(name: string, disk: Disk | DiskOptions): Disk {
    this.#handles.checkName(name);
    const attached = disk instanceof Disk ? disk : new Disk(disk);
    const device = attached.attach(this.#seed, `${this.name}.${name}`);
    const trace = this.#trace;
    if (trace !== null) {
      device.medium.onFault = (fault, position) =>
        trace(device.medium.name, position === null ? fault : `${fault} at ${position}`);
    }
    this.#handles.attach({ kind: "block", name, disk: device });
    return attached;
  }

  /**
   * Starts a program, as the scheduler's `start` does; one at a time. It runs when the world does.
   *
   * @throws {SchedulerError} as `start`; ERR_SOLO5_BUSY while another is under way
   */
  start<const D extends readonly Device<unknown>[], T>(
    devices: D,
    main: (...values: DeviceValues<D>) => Operation<T>,
    options: Omit<RunOptions, "solo5"> = {},
  ): Run<T> {
    const boot = this.#boot;
    const trace = this.#trace;
    if (trace !== null) trace(this.name, "start");
    // A run has one tracer: the program's own takes the place of the world's.
    const tracer = options.tracer ?? (trace === null ? undefined : this.#tracer(trace));
    const run = boot.started(
      start(devices, main, { ...options, ...(tracer && { tracer }), solo5: boot.solo5 }),
    );
    this.#run = run;
    this.#again = () => this.start(devices, main, options);
    return run;
  }

  /**
   * Ends everything that runs here, at once: no `finally` runs, nothing more is sent, printed or written.
   * Frames that wait are lost, and those that come until a program acquires the device again. Of the pages
   * that were written since the last flush any subset survives. What `start` gave fails with ERR_SOLO5_CRASHED.
   *
   * A run that blocks the thread (`runSync`) fails so in its `yield`.
   */
  crash(): void {
    this.#trace?.(this.name, "crash");
    this.#run = null;
    this.#waiting.crash();
    this.#handles.crash();
    this.#boot.crash();
    this.#boot = new Boot(this.name, this.#parts);
  }

  /**
   * Starts the program that was started last, from its beginning, with the disks as they are. What runs crashes
   * first.
   *
   * @throws {SimError} ERR_SOLO5_INVALID_ARGUMENT where nothing was ever started; what `start` throws
   */
  restart(): Run<unknown> {
    const again = this.#again;
    if (again === null) {
      throw new SimError(
        "ERR_SOLO5_INVALID_ARGUMENT",
        `${this.name}: nothing was started here yet`,
      );
    }
    if (this.#run !== null) this.crash();
    return again();
  }

  /**
   * Stops the machine for `duration` nanoseconds, as a hypervisor would that has better things to do: its clock
   * goes on, frames wait in its queues, and its programs have their next turn after that.
   *
   * @throws {SimError} ERR_SOLO5_INVALID_ARGUMENT for what is no finite duration of 0 ns or more
   */
  pause(duration: number): void {
    if (!(Number.isFinite(duration) && duration >= 0)) {
      throw new SimError(
        "ERR_SOLO5_INVALID_ARGUMENT",
        `${this.name}: a pause takes 0 ns or more, and ends, got ${duration}`,
      );
    }
    this.#trace?.(this.name, `pause for ${duration}`);
    this.#waiting.busy(duration);
  }

  /** Cancels the program that `start` started, if it still runs. It ends when the world goes on. */
  stop(): void {
    const run = this.#run;
    if (run === null) return;
    this.#run = null;
    run.cancel();
    // That it was cancelled is no news to whoever stopped the machine, and need not be awaited.
    run.result.catch(() => {});
  }

  #tracer(trace: (who: string, what: string) => void): Tracer {
    // Without the time, which the world's trace puts before the machine's name.
    return goldenTracer(
      () => 0,
      (line) => trace(this.name, line.slice(line.indexOf(" ") + 1)),
    );
  }

  #localMac(): Uint8Array {
    const mac = new Uint8Array(6);
    this.#random.fill(mac);
    // Locally administered, and no group address.
    mac[0] = ((mac[0] ?? 0) & 0xfc) | 0x02;
    return mac;
  }
}
