import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { describeKernel } from "../../../bindings/test/kernel/namespace.ts";
import { program, type Started, solo5Node, start } from "../solo5-node.ts";
import { describeRoot, type Namespace, namespace } from "./namespace.ts";

const NOBODY = 65534;
const declares = program("declares.mjs");

describeKernel("solo5-node and TAP interfaces", () => {
  let inside: Namespace;
  const started: Started[] = [];

  beforeAll(async () => {
    inside = await namespace();
  });
  afterEach(async () => {
    for (const { child, ended } of started.splice(0)) {
      child.kill("SIGKILL");
      await ended;
    }
    for (const { ifname } of links()) {
      if (ifname !== "lo") inside.run("ip", "link", "delete", ifname);
    }
  });
  afterAll(() => inside.close());

  const node = (...argv: string[]) => solo5Node(argv, { before: inside.enter });
  const begin = (...argv: string[]): Started => {
    const running = start(argv, { before: inside.enter });
    started.push(running);
    return running;
  };

  interface Link {
    readonly ifname: string;
    readonly mtu: number;
    readonly flags: readonly string[];
    readonly linkinfo?: {
      readonly info_data?: { readonly user?: string; readonly persist?: boolean };
    };
    readonly addr_info?: readonly { readonly local: string; readonly prefixlen: number }[];
  }
  const links = (): Link[] => JSON.parse(inside.run("ip", "-d", "-j", "address"));
  const link = (name: string): Link | undefined => links().find(({ ifname }) => ifname === name);

  /** That process and no other, whatever else on this machine has a tap0. */
  const endsWithHolder = ({ child }: Started): RegExp =>
    new RegExp(`[^)]: process ${child.pid} [(]node[)]\n$`);

  async function refused(...argv: string[]): Promise<string> {
    const { status, stdout, stderr } = await node(...argv);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    return stderr;
  }

  describe("tap create", () => {
    test("makes a persistent interface that is up, with address, MTU and owner", async () => {
      const argv = ["tap", "create", "tap0", "10.1.2.3/24", "--mtu", "9000", "--user", "0"];
      expect(await node(...argv)).toEqual({ status: 0, signal: null, stdout: "", stderr: "" });
      const made = link("tap0");
      expect(made?.mtu).toBe(9000);
      expect(made?.flags).toContain("UP");
      expect(made?.linkinfo?.info_data).toMatchObject({ persist: true, user: "root" });
      expect(made?.addr_info).toContainEqual(
        expect.objectContaining({ local: "10.1.2.3", prefixlen: 24 }),
      );
    });

    test("takes an IPv6 address", async () => {
      expect(await node("tap", "create", "tap0", "fd00::1/64")).toMatchObject({ status: 0 });
      expect(link("tap0")?.addr_info).toContainEqual(
        expect.objectContaining({ local: "fd00::1", prefixlen: 64 }),
      );
    });

    test("refuses a name that is taken", async () => {
      await node("tap", "create", "tap0");
      expect(await refused("tap", "create", "tap0")).toBe(
        "solo5-node: tap create tap0: an interface tap0 exists already; `solo5-node tap delete tap0` deletes it if it is a TAP\n",
      );
    });

    test("refuses a user who does not exist, and leaves nothing behind", async () => {
      expect(await refused("tap", "create", "tap0", "--user", "no-such-user")).toContain(
        "tap create tap0: there is no user no-such-user",
      );
      expect(link("tap0")).toBeUndefined();
    });

    test("refuses whatever its own arguments rule out before it makes anything", async () => {
      const found = await refused("tap", "create", "tap0", "10.0.0.1/33", "--mtu=1");
      expect(found).toContain('the prefix of "10.0.0.1/33" is not a whole number from 1 to 32');
      expect(found).toContain("--mtu: wanted is an MTU of 68 to 65521 bytes");
      expect(link("tap0")).toBeUndefined();
    });
  });

  describe("tap delete", () => {
    test("deletes a TAP", async () => {
      await node("tap", "create", "tap0");
      expect(await node("tap", "delete", "tap0")).toEqual({
        status: 0,
        signal: null,
        stdout: "",
        stderr: "",
      });
      expect(link("tap0")).toBeUndefined();
    });

    test("refuses an interface that does not exist", async () => {
      expect(await refused("tap", "delete", "tap9")).toContain("there is no interface tap9");
    });

    test("refuses what is not a TAP, and leaves it alone", async () => {
      inside.run("ip", "tuntap", "add", "dev", "tun0", "mode", "tun");
      for (const name of ["lo", "tun0"]) {
        expect(await refused("tap", "delete", name)).toContain(`interface ${name} is not a TAP`);
        expect(link(name)).toBeDefined();
      }
    });

    test("refuses a TAP that a program has attached, and names the program", async () => {
      await node("tap", "create", "tap0");
      const holder = begin("--net:service=tap0", program("holds.mjs"));
      await holder.printed("ready");
      const found = await refused("tap", "delete", "tap0");
      expect(found).toContain("solo5-node: tap delete tap0: interface tap0 is busy");
      expect(found).toMatch(endsWithHolder(holder));
      expect(link("tap0")).toBeDefined();
    });
  });

  describe("--net:NAME=IFACE", () => {
    test("attaches the interface, with its MTU and the address that was given", async () => {
      await node("tap", "create", "tap0", "--mtu", "1400");
      const options = ["--net:service=tap0", "--net-mac:service=02:00:00:00:AB:01"];
      expect(await node(...options, declares, "net:service")).toEqual({
        status: 0,
        signal: null,
        stdout: "net service 02:00:00:00:ab:01 1400\n",
        stderr: "",
      });
    });

    test("gives a random, locally administered address where none was given", async () => {
      await node("tap", "create", "tap0");
      const macs: string[] = [];
      for (let count = 0; count < 2; count++) {
        const { stdout } = await node("--net:service=tap0", declares, "net:service");
        macs.push(
          /^net service ([0-9a-f][26ae](:[0-9a-f]{2}){5}) 1500\n$/.exec(stdout)?.[1] ?? stdout,
        );
      }
      expect(macs[0]).toMatch(/^([0-9a-f]{2}:){5}/);
      expect(macs[1]).toMatch(/^([0-9a-f]{2}:){5}/);
      expect(macs[0]).not.toBe(macs[1]);
    });

    test("attaches several interfaces", async () => {
      for (const name of ["tap0", "tap1"]) await node("tap", "create", name);
      const { status, stdout } = await node(
        ...["--net:a=tap0", "--net:b=tap1", declares, "net:b", "net:a"],
      );
      expect(status).toBe(0);
      expect(stdout.split("\n").map((line) => line.slice(0, 5))).toEqual(["net b", "net a", ""]);
    });

    test("refuses an interface that does not exist, and never makes it", async () => {
      expect(await refused("--net:service=tap9", declares, "net:service")).toContain(
        "net device service: there is no interface tap9 in this network namespace, and attaching never makes one; `sudo solo5-node tap create tap9",
      );
      expect(link("tap9")).toBeUndefined();
    });

    test("refuses what is not a TAP", async () => {
      expect(await refused("--net:service=lo", declares, "net:service")).toContain(
        "net device service: interface lo is not a TAP",
      );
    });

    test("refuses an interface that is busy, and names who holds it", async () => {
      await node("tap", "create", "tap0");
      const holder = begin("--net:service=tap0", program("holds.mjs"));
      await holder.printed("ready");
      const found = await refused("--net:service=tap0", declares, "net:service");
      expect(found).toContain("solo5-node: net device service: interface tap0 is busy");
      expect(found).toMatch(endsWithHolder(holder));
    });

    test("warns of an interface that is down, and waits until it is up", async () => {
      await node("tap", "create", "tap0", "10.0.0.1/24");
      inside.run("ip", "link", "set", "tap0", "down");
      const running = begin("--net:service=tap0", program("holds.mjs"));
      await running.printed("ready");
      inside.run("ip", "link", "set", "tap0", "up");
      // A datagram for a neighbour makes the kernel ask for its address, with a frame.
      inside.run("bash", "-c", "echo x >/dev/udp/10.0.0.2/9");
      await running.printed("frame");
      running.child.kill("SIGINT");
      expect(await running.ended).toEqual({
        status: 130,
        signal: null,
        stdout: "ready\nframe\nread some\n",
        stderr:
          "solo5-node: warning: interface tap0 is down: reads wait until it is up, and writes are lost; `ip link set tap0 up`\n",
      });
    });

    test("lets go of the interface when the set-up is at fault", async () => {
      await node("tap", "create", "tap0");
      await refused("--net:service=tap0", "--block:disk=/none", declares, "net:service");
      expect(await node("--net:service=tap0", declares, "net:service")).toMatchObject({
        status: 0,
      });
    });

    test("names network and block faults at once", async () => {
      const found = await refused("--net:a=tap8", "--net:b=lo", "--block:c=/none", declares);
      expect(found.split("\n")).toEqual([
        "solo5-node: 3 faults, nothing was started:",
        expect.stringContaining("net device a: there is no interface tap8"),
        expect.stringContaining("net device b: interface lo is not a TAP"),
        expect.stringContaining("block device c: there is no file /none"),
        "",
      ]);
    });
  });

  describe("--net:NAME=@FD", () => {
    /** Opens tap0 as descriptor 3 and runs `solo5-node` with it. */
    const inherit = (...argv: string[]) => {
      // TUNSETIFF with IFF_TAP | IFF_NO_PI. Descriptors up to $^F stay open.
      const script =
        '$^F = 9; open(my $tap, "+<", "/dev/net/tun") or die $!;' +
        'my $request = pack("a16 S x22", "tap0", 0x1002);' +
        "ioctl($tap, 0x400454ca, $request) or die $!; exec(@ARGV);";
      return solo5Node(argv, { before: [...inside.enter, "perl", "-e", script] });
    };

    test("attaches an inherited TAP, with its interface's MTU", async () => {
      await node("tap", "create", "tap0", "--mtu", "1300");
      const options = ["--net:service=@3", "--net-mac:service=02:00:00:00:00:01"];
      expect(await inherit(...options, declares, "net:service")).toEqual({
        status: 0,
        signal: null,
        stdout: "net service 02:00:00:00:00:01 1300\n",
        stderr: "",
      });
    });
  });

  describeRoot("an ordinary user", () => {
    const asNobody = (...argv: string[]) => solo5Node(argv, { before: inside.enterAs(NOBODY) });

    test("is refused by /dev/net/tun where its mode says so", async () => {
      inside.run("mount", "-t", "tmpfs", "tmpfs", "/mnt");
      inside.run("mknod", "/mnt/tun", "c", "10", "200");
      inside.run("chmod", "0600", "/mnt/tun");
      inside.run("mount", "--bind", "/mnt/tun", "/dev/net/tun");
      await node("tap", "create", "tap0");
      const { status, stderr } = await asNobody("--net:service=tap0", declares, "net:service");
      expect(status).toBe(1);
      expect(stderr).toContain("net device service: no permission to open /dev/net/tun");
    });

    test("attaches a TAP of their own, and no other", async () => {
      inside.run("chmod", "0666", "/mnt/tun");
      await node("tap", "create", "tap0", "--user", String(NOBODY));
      await node("tap", "create", "tap1", "--user", "0");
      expect(await asNobody("--net:service=tap0", declares, "net:service")).toMatchObject({
        status: 0,
        stderr: "",
      });
      const { status, stderr } = await asNobody("--net:service=tap1", declares, "net:service");
      expect(status).toBe(1);
      expect(stderr).toContain(
        "net device service: no permission to attach interface tap1: that takes root, the capability CAP_NET_ADMIN, or a TAP that belongs to the user who runs this",
      );
    });

    test("may not make a TAP, nor delete another's", async () => {
      await node("tap", "create", "tap1", "--user", "0");
      for (const argv of [
        ["tap", "create", "tap2"],
        ["tap", "delete", "tap1"],
      ]) {
        const { status, stderr } = await asNobody(...argv);
        expect(status).toBe(1);
        expect(stderr).toMatch(/^solo5-node: tap (create|delete) tap[12]: no permission/);
      }
      expect(link("tap1")).toBeDefined();
      expect(link("tap2")).toBeUndefined();
    });
  });

  describeRoot("--block:NAME=PATH", () => {
    test("refuses a file on a file system that is mounted read-only", async () => {
      inside.run("mount", "-t", "tmpfs", "tmpfs", "/srv");
      inside.run("truncate", "-s", "4096", "/srv/disk.img");
      inside.run("mount", "-o", "remount,ro", "/srv");
      expect(await refused("--block:disk=/srv/disk.img", declares, "block:disk")).toBe(
        "solo5-node: block device disk: no permission to read and write /srv/disk.img (read-only file system); `ls -l /srv/disk.img` shows who may\n",
      );
    });
  });
});
