// The world that a program runs in: the host, which refuses programs that do not fit what is attached.
import type { DeviceName, ReadySet, Solo5, Wait } from "miou-solo5";
import { attachOption, deviceKind } from "./attachments.ts";
import type { Attachment } from "./command.ts";
import { TenderError } from "./errors.ts";
import type { Interruption } from "./interruption.ts";

export interface AttachedWorld {
  readonly solo5: Solo5;
  /** The names of all devices that are attached. */
  readonly attached: readonly string[];
  /** Whether the program has declared, or acquired, devices yet. */
  readonly declared: boolean;
  /** The devices that the program holds now. */
  readonly held: readonly string[];
}

/**
 * Wraps `host`, to which `attachments` are attached.
 *
 * Its `declare` refuses a run whose devices are not exactly those attached. Only the first run is held to
 * all of them: a program may run several times, with fewer devices then. `signals` hears how the program
 * waits: inside the event loop, or by blocking the thread.
 */
export function attachedWorld(
  host: Solo5,
  attachments: readonly Attachment[],
  signals: Pick<Interruption, "listen" | "leaveToSystem">,
): AttachedWorld {
  /** The names of the devices that the program holds, by handle: both kinds share the handles. */
  const held = new Map<number, string>();
  let declared = false;

  function note<Info extends { readonly handle: number }>(name: string, info: Info): Info {
    held.set(info.handle, name);
    declared = true;
    return info;
  }

  const bound = bindAll(host);
  const solo5: Solo5 = {
    ...bound,
    declare(devices: readonly DeviceName[]): void {
      const faults = mismatches(attachments, devices, host.arguments, !declared);
      if (faults.length > 0) throw new TenderError("ERR_SOLO5_ATTACHMENT", faults);
      bound.declare?.(devices);
      declared = true;
    },
    netAcquire: (name) => note(name, bound.netAcquire(name)),
    netRelease(handle: number): void {
      bound.netRelease(handle);
      held.delete(handle);
    },
    blockAcquire: (name) => note(name, bound.blockAcquire(name)),
    blockRelease(handle: number): void {
      bound.blockRelease(handle);
      held.delete(handle);
    },
    wait(deadline: number, wake: () => void, interest?: ReadySet): Wait {
      signals.listen();
      return bound.wait(deadline, wake, interest);
    },
    yield(deadline: number, ready: ReadySet, interest?: ReadySet): void {
      // The driver inside the event loop only polls; who waits here is `runSync`.
      if (deadline > 0) signals.leaveToSystem();
      bound.yield(deadline, ready, interest);
    },
  };
  return {
    solo5,
    attached: attachments.map(({ name }) => name),
    get declared() {
      return declared;
    },
    get held() {
      return [...held.values()];
    },
  };
}

/**
 * A plain object with everything that `host` can do, whether its methods are its own or its class's,
 * including capabilities that this file has never heard of.
 */
function bindAll(host: Solo5): Solo5 {
  const bound: Record<string, unknown> = {};
  for (
    let level: object | null = host;
    level !== null && level !== Object.prototype;
    level = Object.getPrototypeOf(level)
  ) {
    for (const key of Object.getOwnPropertyNames(level)) {
      if (key === "constructor" || key in bound) continue;
      const member: unknown = Reflect.get(host, key);
      bound[key] = typeof member === "function" ? member.bind(host) : member;
    }
  }
  return bound as unknown as Solo5;
}

/**
 * How what is declared and what is attached differ. `words` are the program's own arguments; `all`: whether every
 * attached device is wanted.
 */
function mismatches(
  attachments: readonly Attachment[],
  declared: readonly DeviceName[],
  words: readonly string[],
  all: boolean,
): string[] {
  const faults: string[] = [];
  for (const { name, type } of declared) {
    const attachment = attachments.find((candidate) => candidate.name === name);
    const kind = deviceKind(type);
    if (attachment === undefined) {
      const remedy = attachRemedy(type, name, words);
      faults.push(
        `the program declares the ${kind} device "${name}", and nothing is attached to it; ${remedy}`,
      );
    } else if (attachment.type !== type) {
      const other = deviceKind(attachment.type);
      faults.push(
        `the program declares "${name}" as a ${kind} device, and it is attached as a ${other} device; use ${attachOption(type, name)}`,
      );
    }
  }
  if (!all) return faults;
  const names = declared.map(({ name }) => name).join(", ") || "none";
  for (const { name, type } of attachments) {
    if (declared.some((device) => device.name === name)) continue;
    faults.push(
      `the ${deviceKind(type)} device "${name}" is attached, and the program does not declare it (it declares: ${names})`,
    );
  }
  return faults;
}

function attachRemedy(type: DeviceName["type"], name: string, words: readonly string[]): string {
  const option = attachOption(type, name);
  const astray = words.find((word) => word.startsWith(option.slice(0, option.indexOf("=") + 1)));
  if (astray === undefined) return `add ${option}`;
  return `${astray} stands behind PROGRAM, where all is the program's own: put it before`;
}
