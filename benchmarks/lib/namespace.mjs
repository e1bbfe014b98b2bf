// A network namespace with one TAP interface, which dies with this process: the one that keeps it reads
// from a pipe of ours until that closes. No traffic leaves it.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { LINK } from "./link.mjs";

const ROOT = process.getuid?.() === 0;
const UNSHARE = ROOT ? ["-n", "-m"] : ["-U", "-r", "-n", "-m"];

/** Why no TAP can be had here; undefined where one can. */
export function whyNoTap() {
  if (process.platform !== "linux") return `needs Linux, this is ${process.platform}`;
  const trial = spawnSync("unshare", [...UNSHARE, "ip", "tuntap", "add", "t0", "mode", "tap"], {
    encoding: "utf8",
  });
  if (trial.error !== undefined) return `unshare can't be run: ${trial.error.message}`;
  return trial.status === 0 ? undefined : `no TAP in a namespace: ${trial.stderr.trim()}`;
}

/** The namespace, as the words in front of a command that runs inside. */
export async function openNamespace() {
  const script = [
    "set -e",
    "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6",
    "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6",
    `ip tuntap add dev ${LINK.tap} mode tap`,
    `ip link set ${LINK.tap} up txqueuelen ${LINK.queue}`,
    `ip addr add ${LINK.kernel}/24 dev ${LINK.tap}`,
    `ip neigh add ${LINK.address} lladdr ${LINK.mac} dev ${LINK.tap} nud permanent`,
    "echo ready",
    "exec cat",
  ].join("\n");
  const keeper = spawn("unshare", [...UNSHARE, "sh", "-c", script], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [first] = await Promise.race([once(keeper.stdout, "data"), once(keeper, "exit")]);
  if (!Buffer.isBuffer(first)) throw new Error(`the namespace could not be made: status ${first}`);
  const enter = ["nsenter", "-t", String(keeper.pid), "-n", "-m"];
  if (!ROOT) enter.push("-U", "--preserve-credentials");
  return {
    enter,
    run: (...words) => execFileSync(enter[0], [...enter.slice(1), ...words], { encoding: "utf8" }),
    close: async () => {
      const ended = once(keeper, "exit");
      keeper.stdin.end();
      await ended;
    },
  };
}
