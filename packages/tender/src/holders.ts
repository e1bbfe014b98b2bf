// Who has attached a TAP interface, as far as this user may look.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/**
 * The processes of this network namespace that hold `interfaceName`, as `process 123 (qemu-system-x86)`.
 * Other namespaces may have an interface of the same name.
 */
export function holders(interfaceName: string): string[] {
  const here = namespaceOf("self");
  return list("/proc")
    .filter((entry) => /^[0-9]+$/.test(entry) && Number(entry) !== process.pid)
    .filter((pid) => namespaceOf(pid) === here && holds(pid, interfaceName))
    .map((pid) => `process ${pid} (${read(`/proc/${pid}/comm`).trim()})`);
}

/** The kernel writes the interface's name into the information on each descriptor of /dev/net/tun. */
function holds(pid: string, interfaceName: string): boolean {
  return list(`/proc/${pid}/fdinfo`).some((descriptor) =>
    read(`/proc/${pid}/fdinfo/${descriptor}`).includes(`\niff:\t${interfaceName}\n`),
  );
}

function namespaceOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
}

// A process that has ended meanwhile, or belongs to someone else, is passed over.
function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
