// The built program under `solo5-node`, on a TAP, asked by the kernel's own sockets.

import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { isLeftOut, Network, type Program } from "./network.ts";

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const program = path("../../dist/main.js");
const udpClient = path("./udp-client.mjs");
const tcpClient = path("./tcp-client.mjs");

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

async function tcp(network: Network, ...words: string[]): Promise<Record<string, number>> {
  return JSON.parse(await network.run(process.execPath, tcpClient, "10.0.0.2", ...words));
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
    expect(printed).toContain("ping     10000 answered\nUDP      0 echoed\n");
  });

  test("echoes UDP of every size", { timeout: 60_000 }, async () => {
    await using network = await Network.open();
    await network.tapCreate("tap0", "10.0.0.1/24");
    const server = await serving(network, "10.0.0.2/24");
    // The kernel sends what is longer than 1472 bytes in fragments.
    expect(await sendUdp(network, "10.0.0.2", 0, 1500)).toEqual({ answered: 1501, wrong: [] });
    expect(await sendUdp(network, "10.0.0.2", 65_500, 65_507)).toEqual({ answered: 8, wrong: [] });
    const { output } = await server.interrupt();
    expect(output).toContain("ping     0 answered\nUDP      1509 echoed\n");
  });

  test("takes the MTU of the interface: 9000", { timeout: 60_000 }, async () => {
    await using network = await Network.open();
    await network.tapCreate("tap0", "10.0.0.1/24", "--mtu", "9000");
    const server = await serving(network);
    expect(server.output).toContain("MTU 9000");
    expect(await sendUdp(network, "10.0.0.2", 8900, 8980)).toEqual({ answered: 81, wrong: [] });
    const ping = ["-c", "100", "-i", "0.002", "-s", "8972", "-M", "do"];
    expect(await network.run("ping", "-q", ...ping, "10.0.0.2")).toContain(" 100 received");
    await server.interrupt();
  });

  test("echoes TCP: one line of nc, and 200 connections at once", { timeout: 60_000 }, async () => {
    await using network = await Network.open();
    await network.tapCreate("tap0", "10.0.0.1/24");
    const server = await serving(network);
    const nc = "printf 'hello\\nworld\\n' | nc -N -w 10 10.0.0.2 7";
    expect(await network.run("sh", "-c", nc)).toBe("hello\nworld\n");
    expect(await tcp(network, "exchange", "200", "20000")).toEqual({ right: 200 });
    expect(await tcp(network, "exchange", "1", "30000000")).toEqual({ right: 1 });
    const { status, output } = await server.interrupt();
    expect(status).toBe(130);
    expect(output).toContain("TCP      34000012 bytes echoed on 202 connections, 202 closed\n");
  });

  test("goes on when connections are reset", { timeout: 60_000 }, async () => {
    await using network = await Network.open();
    await network.tapCreate("tap0", "10.0.0.1/24");
    const server = await serving(network);
    expect(await tcp(network, "cut", "50")).toEqual({ cut: 50 });
    expect(await tcp(network, "exchange", "20", "100000")).toEqual({ right: 20 });
    const { status, output } = await server.interrupt();
    expect(status).toBe(130);
    expect(output).toMatch(/on 70 connections, 20 closed, 50 reset\n/);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)(
    "at %s closes what is open, and ends with %i",
    { timeout: 60_000 },
    async (signal, status) => {
      await using network = await Network.open();
      await network.tapCreate("tap0", "10.0.0.1/24");
      const server = await serving(network);
      const client = network.spawn(process.execPath, [tcpClient, "10.0.0.2", "hold", "20", "yes"]);
      await client.printed(/held/);
      server.process.kill(signal);
      expect(JSON.parse((await client.ended()).output.replace("held\n", ""))).toEqual({ end: 20 });
      const ended = await server.ended();
      expect(ended.status).toBe(status);
      expect(ended.output).toContain("TCP      120 bytes echoed on 20 connections, 20 closed\n");
    },
  );

  test("resets after two seconds who does not finish", { timeout: 60_000 }, async () => {
    await using network = await Network.open();
    await network.tapCreate("tap0", "10.0.0.1/24");
    const server = await serving(network);
    const client = network.spawn(process.execPath, [tcpClient, "10.0.0.2", "hold", "2", "no"]);
    await client.printed(/held/);
    server.process.kill("SIGINT");
    // Both have got the echo and its end; that they stay has no end but ours.
    await client.printed(/ended\nended/);
    const ended = await server.ended();
    expect(ended.status).toBe(130);
    expect(ended.output).toContain("on 2 connections, 2 aborted\n");
  });

  test("ends at once at a second signal", { timeout: 60_000 }, async () => {
    await using network = await Network.open();
    await network.tapCreate("tap0", "10.0.0.1/24");
    const server = await serving(network);
    const client = network.spawn(process.execPath, [tcpClient, "10.0.0.2", "hold", "1", "no"]);
    await client.printed(/held/);
    server.process.kill("SIGINT");
    await client.printed(/ended/);
    server.process.kill("SIGINT");
    const { status, output } = await server.ended();
    expect(status).toBe(130);
    // Without the report, which comes when all is over.
    expect(output).not.toContain("frames");
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
    expect(output.match(/ping {5}2000 answered\nUDP {6}401 echoed\n/g)).toHaveLength(2);
  });

  test("answers what is odd but in order, and not what many get", { timeout: 60_000 }, async () => {
    await using network = await Network.open();
    await network.tapCreate("tap0", "10.0.0.1/24");
    const server = await serving(network);
    // The kernel's own oddities: a time to live of 1, options, fragments.
    for (const options of [["-t", "1"], ["-R"], ["-T", "tsonly"], ["-s", "4000"]]) {
      const output = await network.run("ping", "-c", "3", "-i", "0.01", ...options, "10.0.0.2");
      expect(output).toContain("3 packets transmitted, 3 received");
    }
    const broadcast = ["-c", "1", "-W", "1", "-b", "10.0.0.255"];
    const { output } = await network.spawn("ping", broadcast).ended();
    expect(output).toContain("1 packets transmitted, 0 received");
    const { output: printed } = await server.interrupt();
    expect(printed).toContain("ping     12 answered");
    expect(printed).toMatch(/icmp\.broadcast +1\n/);
  });

  test("refuses a wrong command line with a reason and status 2", async () => {
    await using network = await Network.open();
    await network.tapCreate("tap0", "10.0.0.1/24");
    for (const [args, message] of [
      [["10.0.0.2"], "wanted ADDRESS/PREFIX"],
      [["10.0.0.255/24"], "is the broadcast address"],
      [["10.0.0.2/24", "10.0.0.3/24"], "wanted an address"],
    ] as const) {
      const server = network.solo5Node("--net:service=tap0", "--", program, ...args);
      const { status, output } = await server.ended();
      expect(output).toContain(`echo-server: `);
      expect(output).toContain(message);
      expect(output).toContain("usage: echo-server [ADDRESS/PREFIX [GATEWAY]]");
      expect(status).toBe(2);
    }
  });
});
