// A network namespace without a name: it is gone with its last process, however that ends.

import { spawnSync } from "node:child_process";
import { type Reason, reasonFor } from "./reason.ts";

export interface Namespace {
  /** Options of `unshare` that work on this machine for this user. */
  readonly options: readonly string[];
  /** Options of `nsenter` to get into it from outside. */
  readonly enter: readonly string[];
}

/**
 * The namespace of processes makes sure that the demonstration ends as a whole: when its first process does, the
 * kernel ends all others in it.
 */
const ALONE = ["--pid", "--fork", "--kill-child"];
const CANDIDATES: readonly Namespace[] = [
  { options: ["--net", ...ALONE], enter: ["--net"] },
  {
    options: ["--user", "--map-root-user", "--net", ...ALONE],
    enter: ["--user", "--preserve-credentials", "--net"],
  },
];

/** Finds out by trying; says why where none can be had. */
export function findNamespace(): Namespace | Reason {
  if (process.platform !== "linux") return reasonFor("platform", process.platform);
  let refusal = "";
  for (const candidate of CANDIDATES) {
    const { error, status, stderr } = spawnSync("unshare", [...candidate.options, "true"], {
      encoding: "utf8",
    });
    if (error !== undefined) return reasonFor("unshare-missing", error.message);
    if (status === 0) return candidate;
    refusal = stderr.trim();
  }
  return reasonFor("namespace", refusal);
}
