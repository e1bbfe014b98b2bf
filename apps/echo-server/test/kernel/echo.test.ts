// The built program under `solo5-node`, on a TAP, asked by the kernel's own sockets.

import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { isLeftOut, Network, type Program } from "./network.ts";

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const program = path("../../dist/main.js");
const udpClient = path("./udp-client.mjs");

async function serving(network: Network, ...args: string[]): Promise<Program> {
  const server = network.solo5Node("--net:service=tap0", "--", program, ...args);
  await server.printed(/^echo-server: .*\n/m);
  return server;
}

async function sendUdp(
  network: Network,
  address: string,
  sizeMin: number,
  sizeMax: number,
): Promise<{ answered: number; wrong: number[] }> {
  const output = await network.run(
    process.execPath,
    udpClient,
    address,
    `${sizeMin}`,
    `${sizeMax}`,
  );
  return JSON.parse(output);
}

describe.skipIf(isLeftOut("echo.test.ts"))("the echo-server on a TAP", () => {
  test("answers 10,000 pings of a flood, none lost", { timeout: 60_000 }, async () => {
    await using network = await Network.open();
    await network.tapCreate("tap0", "10.0.0.1/24");
    const server = await serving(network);
    const output = await network.run("ping", "-f", "-q", "-c", "10000", "10.0.0.2");
    expect(output).toContain("10000 packets transmitted, 10000 received, 0% packet loss");
    const { status, output: printed } = await server.interrupt();
    expect(status).toBe(130);
    expect(printed).toMatch(/answered \d+: [1-9]\d* ARP, 10000 ICMP echo, 0 UDP echo/);
  });

  test("echoes UDP of every size that fits into a frame", { timeout: 60_000 }, async () => {
    await using network = await Network.open();
    await network.tapCreate("tap0", "10.0.0.1/24");
    const server = await serving(network, "10.0.0.2/24");
    expect(await sendUdp(network, "10.0.0.2", 0, 1472)).toEqual({ answered: 1473, wrong: [] });
    // One byte more leaves the kernel as two fragments.
    expect(await sendUdp(network, "10.0.0.2", 1473, 1473)).toEqual({ answered: 0, wrong: [1473] });
    const { output } = await server.interrupt();
    expect(output).toContain("0 ICMP echo, 1473 UDP echo");
    expect(output).toMatch(/ipv4\.fragment +2\n/);
  });

  test("takes the MTU of the interface: 9000", { timeout: 60_000 }, async () => {
    await using network = await Network.open();
    await network.tapCreate("tap0", "10.0.0.1/24", "--mtu", "9000");
    const server = await serving(network);
    expect(server.output).toContain("MTU 9000");
    expect(await sendUdp(network, "10.0.0.2", 8900, 8972)).toEqual({ answered: 73, wrong: [] });
    expect(await sendUdp(network, "10.0.0.2", 8973, 8973)).toEqual({ answered: 0, wrong: [8973] });
    const ping = ["-c", "100", "-i", "0.002", "-s", "8972", "-M", "do"];
    expect(await network.run("ping", "-q", ...ping, "10.0.0.2")).toContain(" 100 received");
    await server.interrupt();
  });

  test("serves two networks at once", { timeout: 60_000 }, async () => {
    await using network = await Network.open();
    await network.tapCreate("left0", "10.0.1.1/24");
    await network.tapCreate("right0", "10.0.2.1/24");
    const devices = ["--net:left=left0", "--net:right=right0"];
    const server = network.solo5Node(...devices, "--", path("./two-devices.mjs"));
    await server.printed(/on two networks/);
    const ping = (address: string) => network.run("ping", "-f", "-q", "-c", "2000", address);
    const outputs = await Promise.all([
      ping("10.0.1.2"),
      ping("10.0.2.2"),
      sendUdp(network, "10.0.1.2", 0, 400),
      sendUdp(network, "10.0.2.2", 1000, 1400),
    ]);
    expect(outputs[0]).toContain("2000 received, 0% packet loss");
    expect(outputs[1]).toContain("2000 received, 0% packet loss");
    expect(outputs.slice(2)).toEqual(new Array(2).fill({ answered: 401, wrong: [] }));
    const { status, output } = await server.interrupt();
    expect(status).toBe(130);
    expect(output.match(/2000 ICMP echo, 401 UDP echo/g)).toHaveLength(2);
  });

  test("ignores what is broken and goes on", { timeout: 60_000 }, async () => {
    await using network = await Network.open();
    await network.tapCreate("tap0", "10.0.0.1/24");
    const server = await serving(network);
    // From here a raw socket could send anything; the kernel's own oddities will do: a time to live of
    // 1, options, fragments, broadcast, a port that nobody serves.
    for (const options of [["-t", "1"], ["-R"], ["-T", "tsonly"]]) {
      const output = await network.run("ping", "-c", "3", "-i", "0.01", ...options, "10.0.0.2");
      expect(output).toContain("3 packets transmitted, 3 received");
    }
    for (const odd of [
      ["-s", "4000", "10.0.0.2"],
      ["-b", "10.0.0.255"],
    ]) {
      const { output } = await network.spawn("ping", ["-c", "1", "-W", "1", ...odd]).ended();
      expect(output).toContain("1 packets transmitted, 0 received");
    }
    const { output } = await server.interrupt();
    expect(output).toContain("9 ICMP echo");
    expect(output).toMatch(/ipv4\.fragment +3\n/);
    expect(output).toMatch(/ipv4\.broadcast +1\n/);
  });

  test("refuses a wrong command line with a reason and status 2", async () => {
    await using network = await Network.open();
    await network.tapCreate("tap0", "10.0.0.1/24");
    for (const [args, message] of [
      [["10.0.0.2"], "wanted ADDRESS/PREFIX"],
      [["10.0.0.255/24"], "is the broadcast address"],
      [["10.0.0.2/24", "10.0.0.3/24"], "wanted one argument at most, got 2"],
    ] as const) {
      const server = network.solo5Node("--net:service=tap0", "--", program, ...args);
      const { status, output } = await server.ended();
      expect(output).toContain(`echo-server: `);
      expect(output).toContain(message);
      expect(output).toContain("usage: echo-server [ADDRESS/PREFIX]");
      expect(status).toBe(2);
    }
  });
});
