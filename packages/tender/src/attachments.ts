// Gathers the options that attach devices, and what is wrong with them and between them.

import type { Attachment } from "./command.ts";
import {
  type Reading,
  readDeviceName,
  readHardwareAddress,
  readNetSource,
  readSectorSize,
} from "./option-values.ts";

/** As in Solo5: handles are 1 to 63. */
const DEVICE_COUNT_MAX = 63;
const SECTOR_SIZE_DEFAULT = 512;

/** An option that speaks of one device: `--WORD:NAME=VALUE`. */
export interface DeviceOption {
  /** What stands between `--` and the colon. */
  readonly word: string;
  /** What help and faults call the value. */
  readonly value: string;
  /** Notes the option down. `at` is the option as typed, for faults. */
  take(into: Attachments, at: string, name: string, value: string): void;
}

/** Every option of the form `--WORD:NAME=VALUE`. */
export const DEVICE_OPTIONS: readonly DeviceOption[] = [
  { word: "net", value: "IFACE", take: (into, at, name, value) => into.net(at, name, value) },
  { word: "net-mac", value: "HWADDR", take: (into, at, name, value) => into.mac(at, name, value) },
  { word: "block", value: "PATH", take: (into, at, name, value) => into.block(at, name, value) },
  {
    word: "block-sector-size",
    value: "N",
    take: (into, at, name, value) => into.sectorSize(at, name, value),
  },
];

/** An option's value beside the option as typed; undefined where the value was faulty. */
interface Noted<T> {
  readonly at: string;
  readonly value: T | undefined;
}

interface NotedDevice extends Noted<Attachment> {
  readonly type: Attachment["type"];
}

/**
 * The devices of one command line, in the order of their options.
 *
 * An option may stand before the device it speaks of, so relations are judged by `finish` only. A faulty
 * value still counts as given: its device is not reported as unattached besides.
 */
export class Attachments {
  readonly #faults: string[] = [];
  /** Which option attached a name first. */
  readonly #devices = new Map<string, NotedDevice>();
  readonly #macs = new Map<string, Noted<string>>();
  readonly #sectorSizes = new Map<string, Noted<number>>();
  /** Which option took an interface or a descriptor first. */
  readonly #sources = new Map<string, string>();

  net(at: string, name: string, text: string): void {
    if (!this.#claim(at, name)) return;
    const source = this.#read(at, readNetSource(text));
    const sound = source !== undefined && this.#claimSource(at, text);
    const type = "NET_BASIC";
    this.#devices.set(name, { at, type, value: sound ? { type, name, source } : undefined });
  }

  block(at: string, name: string, path: string): void {
    if (!this.#claim(at, name)) return;
    if (path === "") this.#faults.push(`${at}: the path of a file or block device is missing`);
    const type = "BLOCK_BASIC";
    const device = { type, name, path, sectorSize: SECTOR_SIZE_DEFAULT } as const;
    this.#devices.set(name, { at, type, value: path === "" ? undefined : device });
  }

  mac(at: string, name: string, text: string): void {
    this.#note(this.#macs, at, name, readHardwareAddress(text));
  }

  sectorSize(at: string, name: string, text: string): void {
    this.#note(this.#sectorSizes, at, name, readSectorSize(text));
  }

  /** The sound devices, and every fault found. */
  finish(): { readonly devices: readonly Attachment[]; readonly faults: readonly string[] } {
    this.#requireDevices(this.#macs, "NET_BASIC");
    this.#requireDevices(this.#sectorSizes, "BLOCK_BASIC");
    if (this.#devices.size > DEVICE_COUNT_MAX) {
      this.#faults.push(
        `${this.#devices.size} devices are attached; at most ${DEVICE_COUNT_MAX} are possible`,
      );
    }
    const devices: Attachment[] = [];
    for (const [name, { value }] of this.#devices) {
      const complete = value && this.#complete(name, value);
      if (complete !== undefined) devices.push(complete);
    }
    return { devices, faults: this.#faults };
  }

  /** The device with what other options say of it; undefined where one of those is faulty. */
  #complete(name: string, device: Attachment): Attachment | undefined {
    if (device.type === "NET_BASIC") {
      const mac = this.#macs.get(name);
      if (mac === undefined) return device;
      return mac.value === undefined ? undefined : { ...device, mac: mac.value };
    }
    const size = this.#sectorSizes.get(name);
    if (size === undefined) return device;
    return size.value === undefined ? undefined : { ...device, sectorSize: size.value };
  }

  /** Whether `name` is a name, and free. Network and block devices share their names. */
  #claim(at: string, name: string): boolean {
    if (this.#read(at, readDeviceName(name)) === undefined) return false;
    const first = this.#devices.get(name);
    if (first === undefined) return true;
    this.#faults.push(
      `${at}: the device name "${name}" is taken by ${first.at}; every device, network or block, has a name of its own`,
    );
    return false;
  }

  /** Whether the interface or descriptor is free: each takes one reader only. */
  #claimSource(at: string, source: string): boolean {
    const first = this.#sources.get(source);
    if (first === undefined) {
      this.#sources.set(source, at);
      return true;
    }
    this.#faults.push(
      `${at}: ${source} is attached by ${first} already; one interface is one device`,
    );
    return false;
  }

  #note<T>(table: Map<string, Noted<T>>, at: string, name: string, reading: Reading<T>): void {
    if (this.#read(at, readDeviceName(name)) === undefined) return;
    const value = this.#read(at, reading);
    const first = table.get(name);
    if (first === undefined) table.set(name, { at, value });
    else this.#faults.push(`${at}: ${first.at} says it already; give it once`);
  }

  #read<T>(at: string, reading: Reading<T>): T | undefined {
    if (reading.kind === "value") return reading.value;
    this.#faults.push(`${at}: ${reading.fault}`);
    return undefined;
  }

  /** Every option in `table` speaks of a device of its kind that is attached. */
  #requireDevices(table: ReadonlyMap<string, Noted<unknown>>, type: Attachment["type"]): void {
    const kind = deviceKind(type);
    for (const [name, { at }] of table) {
      const device = this.#devices.get(name);
      if (device === undefined) {
        this.#faults.push(
          `${at}: no ${kind} device "${name}" is attached; add ${attachOption(type, name)}`,
        );
      } else if (device.type !== type) {
        this.#faults.push(`${at}: "${name}" is no ${kind} device, it is attached by ${device.at}`);
      }
    }
  }
}

/** The option that would attach a device, for a fault's remedy. */
export function attachOption(type: Attachment["type"], name: string): string {
  return type === "NET_BASIC" ? `--net:${name}=IFACE` : `--block:${name}=PATH`;
}

/** What a fault calls a device of this type. */
export function deviceKind(type: Attachment["type"]): string {
  return type === "NET_BASIC" ? "network" : "block";
}
