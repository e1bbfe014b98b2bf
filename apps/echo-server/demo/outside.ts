// Runs a demonstration in a network namespace of its own, and ends it as a whole.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { findNamespace, type Namespace } from "./namespace.ts";
import { isReason, type Reason, reasonFor } from "./reason.ts";

/** Makes `npm start` use the simulation where a TAP could be had. */
const FORCE = "MIOU_SOLO5_FORCE_SIM";
/** How long the demonstration may clean up after a signal, in milliseconds. */
const CLEANUP_DURATION_MAX = 8000;

/**
 * Runs the module `inside` in a namespace. Gives the status that it ended with, or why there can't be a TAP.
 *
 * `addonFault`: why the addon could not be built, if it could not.
 */
export async function runInside(
  inside: string,
  addonFault: string | null,
): Promise<number | Reason> {
  const namespace = chooseNamespace(addonFault);
  return isReason(namespace) ? namespace : await runIn(namespace, inside);
}

function chooseNamespace(addonFault: string | null): Namespace | Reason {
  if (process.env[FORCE]) return reasonFor("asked", FORCE);
  if (addonFault !== null && process.platform === "linux") return reasonFor("addon", addonFault);
  return findNamespace();
}

async function runIn({ options, enter }: Namespace, inside: string): Promise<number | Reason> {
  const child = spawn("unshare", [...options, process.execPath, inside, ...enter], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  let reason: Reason | undefined;
  child.on("message", (message: Reason) => {
    reason = message;
  });
  let timer: NodeJS.Timeout | undefined;
  let asked = 0;
  const stop = (status: number) => {
    // A second time: at once. The namespace's first process takes all others with it.
    if (asked !== 0) child.kill("SIGKILL");
    asked ||= status;
    // Whoever is inside notices that we are gone, and ends.
    if (child.connected) child.disconnect();
    timer ??= setTimeout(() => child.kill("SIGKILL"), CLEANUP_DURATION_MAX);
  };
  const onInterrupt = () => stop(130);
  const onTerminate = () => stop(143);
  const onHangup = () => stop(129);
  process.on("SIGINT", onInterrupt);
  process.on("SIGTERM", onTerminate);
  process.on("SIGHUP", onHangup);
  try {
    // Not "close", which never comes once we have disconnected. What was sent stands before the channel's end.
    const [[code]] = (await Promise.all([once(child, "exit"), once(child, "disconnect")])) as [
      [number | null],
      unknown,
    ];
    if (reason !== undefined && asked === 0) return reason;
    if (code === 0) return 0;
    return asked || (code ?? 1);
  } finally {
    clearTimeout(timer);
    process.off("SIGINT", onInterrupt);
    process.off("SIGTERM", onTerminate);
    process.off("SIGHUP", onHangup);
  }
}
