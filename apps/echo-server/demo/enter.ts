import { readlinkSync } from "node:fs";

/** What gets a shell into the network in which this runs. The namespace of processes is another, /proc still that of the outside. */
export function enterCommand(): string {
  return ["nsenter", "--target", readlinkSync("/proc/self"), ...process.argv.slice(2)].join(" ");
}
