// Attaches every device of a command line to a host, or says why that fails.
import { getSystemErrorMap } from "node:util";
import { BindingsError, type Host, host } from "@miou-solo5/bindings";
import type { Attachment, BlockAttachment, NetAttachment } from "./command.ts";
import { holders } from "./holders.ts";

export type Opening =
  | { readonly kind: "open"; readonly host: Host; readonly warnings: readonly string[] }
  | { readonly kind: "faults"; readonly faults: readonly string[] };

/**
 * Makes the host of a program with every device attached, so that a fault shows before anything of the program
 * runs. Where there is one, nothing stays attached.
 */
export function openDevices(
  devices: readonly Attachment[],
  programArguments: readonly string[],
): Opening {
  try {
    const solo5 = host({
      net: Object.fromEntries(devices.filter(isNet).map(netOption)),
      block: Object.fromEntries(devices.filter(isBlock).map(blockOption)),
      arguments: programArguments,
    });
    return {
      kind: "open",
      host: solo5,
      warnings: devices.flatMap((device) => down(solo5, device)),
    };
  } catch (error) {
    if (!(error instanceof BindingsError)) throw error;
    // Without devices in `errors` it is the host itself that can't be had: no addon, not Linux.
    const errors = error.errors ?? [error];
    return { kind: "faults", faults: errors.map((fault) => explain(fault, devices)) };
  }
}

/** The host's own words; with what is known here beyond them. */
function explain(error: BindingsError, devices: readonly Attachment[]): string {
  const device = devices.find(({ name }) => name === error.device);
  if (device?.type === "BLOCK_BASIC") {
    const { path } = device;
    if (error.code === "ERR_SOLO5_NO_FILE") {
      return `${error.message}; \`truncate -s 1M ${path}\` makes one of 1 MiB`;
    }
    if (error.code === "ERR_SOLO5_NO_PERMISSION") {
      // The host's own remedy is an option of its own that a command line does not have.
      return `block device ${device.name}: no permission to read and write ${path} (${reason(error)}); \`ls -l ${path}\` shows who may`;
    }
  }
  if (device?.type === "NET_BASIC" && "tap" in device.source && error.code === "ERR_SOLO5_BUSY") {
    const found = holders(device.source.tap);
    return found.length === 0 ? error.message : `${error.message}: ${found.join(", ")}`;
  }
  return error.message;
}

function reason({ errno }: BindingsError): string {
  return errno === undefined ? "refused" : (getSystemErrorMap().get(-errno)?.[1] ?? String(errno));
}

/** A warning where the interface of a network device is down: the program starts all the same. */
function down(solo5: Host, device: Attachment): string[] {
  if (device.type !== "NET_BASIC") return [];
  const { up, interface: name } = solo5.interfaceState(device.name);
  return up
    ? []
    : [
        `interface ${name} is down: reads wait until it is up, and writes are lost; \`ip link set ${name} up\``,
      ];
}

function isNet(device: Attachment): device is NetAttachment {
  return device.type === "NET_BASIC";
}

function isBlock(device: Attachment): device is BlockAttachment {
  return device.type === "BLOCK_BASIC";
}

function netOption({ name, source, mac }: NetAttachment) {
  return [name, mac === undefined ? source : { ...source, mac }] as const;
}

function blockOption({ name, path, sectorSize }: BlockAttachment) {
  return [name, { path, blockSize: sectorSize }] as const;
}
