// 100,000 frames of an attacker's, over the kernel's TAP interfaces, against the built program under `solo5-node`.

import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { seed } from "../frames.ts";
import type { Attack } from "./hostile-sender.ts";
import { isLeftOut, Network, type Program } from "./network.ts";

const COUNT = 100_000;
const program = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
const folder = fileURLToPath(new URL("../../test-results/hostile/", import.meta.url));

/** The attacker as a program of its own, beside which Node finds the built host. */
async function bundledSender(): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const outfile = `${folder}sender.mjs`;
  await build({
    entryPoints: [fileURLToPath(new URL("./hostile-sender.ts", import.meta.url))],
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["miou-solo5"],
    outfile,
    logLevel: "error",
  });
  return outfile;
}

/** Interfaces `tap0` and `hostile0`, bridged so that whatever arrives at one leaves at the other. */
async function bridge(network: Network, mtu: number): Promise<void> {
  // The kernel shall say nothing by itself, nor look into what passes.
  const quiet = `
    for name in all default; do echo 1 > /proc/sys/net/ipv6/conf/$name/disable_ipv6; done
    for name in ip ip6 arp; do echo 0 > /proc/sys/net/bridge/bridge-nf-call-"$name"tables; done
    true
  `;
  await network.run("sh", "-c", `{ ${quiet} } 2> /dev/null`);
  const kind = ["type", "bridge", "stp_state", "0", "mcast_snooping", "0"];
  await network.run("ip", "link", "add", "bridge0", ...kind);
  await network.run("ip", "link", "set", "bridge0", "up");
  for (const name of ["tap0", "hostile0"]) {
    await network.tapCreate(name, "--mtu", String(mtu));
    await network.run("ip", "link", "set", name, "master", "bridge0");
    // An attacker who speaks in the server's name must not be taken for it.
    await network.run("ip", "link", "set", name, "type", "bridge_slave", "learning", "off");
  }
}

async function statistics(
  network: Network,
): Promise<{ read: number; lost: number; written: number }> {
  const [{ stats64 }] = JSON.parse(await network.run("ip", "-j", "-s", "link", "show", "tap0"));
  return { read: stats64.tx.packets, lost: stats64.tx.dropped, written: stats64.rx.packets };
}

const macOf = (server: Program): number[] =>
  (/ is at ([0-9a-f:]{17}),/.exec(server.output)?.[1] ?? "")
    .split(":")
    .map((byte) => Number.parseInt(byte, 16));

/** `frames   7 received, 3 sent` and `dropped  2` of the server's report. */
function counted(output: string): { received: number; sent: number; dropped: number } {
  const [, received, sent] = /^frames +(\d+) received, (\d+) sent$/m.exec(output) ?? [];
  const [, dropped] = /^dropped +(\d+)$/m.exec(output) ?? [];
  return { received: Number(received), sent: Number(sent), dropped: Number(dropped) };
}

describe.skipIf(isLeftOut("hostile.test.ts"))("the echo-server on a TAP, attacked", () => {
  test.each([
    [1500, COUNT],
    [9000, COUNT / 10],
  ])(
    "with MTU %i goes on answering through %i frames, and they add up",
    async (mtu, count) => {
      await using network = await Network.open();
      await bridge(network, mtu);
      const server = network.solo5Node("--net:service=tap0", "--", program, "10.0.0.2/24");
      await server.printed(/^echo-server: .*\n/m);
      const order = { seed, count, mac: macOf(server), server: server.process.pid };
      const sender = await bundledSender();
      const attack: Attack = JSON.parse(
        await network.run(process.execPath, sender, JSON.stringify(order)),
      );
      const { status, output } = await server.interrupt();
      const { read, lost, written } = await statistics(network);
      const { received, sent, dropped } = counted(output);

      expect(attack.silence).toBeNull();
      expect(attack.faults).toEqual([]);
      expect(attack.unanswered).toBe(0);
      expect(attack.sent).toBeGreaterThanOrEqual(count);
      expect(status).toBe(130);
      // Frames add up, from one end to the other.
      expect(lost).toBe(0);
      expect(read).toBe(attack.sent - attack.kept);
      expect(received).toBe(read);
      expect(sent).toBe(written);
      expect(attack.answered).toBeGreaterThan(attack.requests);
      expect(dropped).toBeGreaterThan(attack.sent / 4);
      // From the 2nd tenth on, when everything has been compiled: 200 bytes lost a frame would show.
      const growth = (attack.memory[9] as number) - (attack.memory[1] as number);
      expect(growth).toBeLessThan(16e6);
    },
    60_000,
  );
});
