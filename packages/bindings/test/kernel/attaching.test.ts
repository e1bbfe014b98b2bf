// Attaching real interfaces, and every way in which that fails.
import { afterEach, beforeEach, expect, test } from "vitest";
import { describeKernel, type Namespace, namespace, type Program } from "./namespace.ts";

const PROGRAMS = new URL("./programs/attaching.ts", import.meta.url);

describeKernel("attaching a TAP", () => {
  let inside: Namespace;
  let program: Program<typeof import("./programs/attaching.ts")>;
  let nobody: Program<typeof import("./programs/attaching.ts")>;

  beforeEach(async () => {
    inside = await namespace();
    program = inside.program(PROGRAMS);
    nobody = inside.program(PROGRAMS, { user: "nobody" });
  });
  afterEach(() => inside.close());

  /** Lets every user open /dev/net/tun, in this namespace only. */
  function openTun(): void {
    inside.run("mount", "-t", "tmpfs", "tmpfs", "/mnt");
    inside.run("mknod", "-m", "0666", "/mnt/tun", "c", "10", "200");
    inside.run("mount", "--bind", "/mnt/tun", "/dev/net/tun");
  }

  test("an interface is attached by name, with its MTU; down is no fault", async () => {
    await program.create({ name: "tap0", mtu: 1400 });
    inside.run("ip", "link", "set", "tap0", "down");
    const { fault, acquired } = await program.attach({
      net: { service: { tap: "tap0", mac: "02:00:00:00:00:07" } },
    });
    expect(fault).toBeNull();
    expect(acquired).toEqual([{ mtu: 1400, mac: "020000000007", up: false }]);
  });

  test("the hardware address is the one given, or a random local one", async () => {
    await program.create({ name: "tap0" });
    expect(await program.macs()).toEqual({
      given: "020a0b0000ff",
      local: [2, 2],
      different: true,
    });
  });

  test("attaching to a missing name fails and makes nothing", async () => {
    const { fault, before, after } = await program.attach({ net: { service: { tap: "tap7" } } });
    expect(fault).toMatchObject({
      code: "ERR_SOLO5_NO_INTERFACE",
      device: "service",
      errno: 19,
      syscall: "ioctl SIOCGIFINDEX",
      message: expect.stringContaining("solo5-node tap create tap7"),
    });
    expect(after).toEqual(before);
  });

  test("a name that the kernel would complete makes nothing either", async () => {
    const { fault, before, after } = await program.attach({ net: { service: { tap: "tap%d" } } });
    expect(fault).toMatchObject({ code: "ERR_SOLO5_NO_INTERFACE" });
    expect(after).toEqual(before);
  });

  test("an interface deleted just before it is attached is not made anew", async () => {
    const { codes, after } = await program.raced(100);
    for (const code of codes) {
      expect(["ok", "ERR_SOLO5_NO_INTERFACE", "ERR_SOLO5_BUSY"]).toContain(code);
    }
    expect(after).toEqual(["lo"]);
  });

  test("what is no TAP is told from what is missing", async () => {
    inside.run("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1");
    inside.run("ip", "tuntap", "add", "dev", "tun0", "mode", "tun");
    for (const tap of ["lo", "v0", "tun0"]) {
      const { fault } = await program.attach({ net: { service: { tap } } });
      expect(fault).toMatchObject({
        code: "ERR_SOLO5_NOT_A_TAP",
        message: expect.stringContaining(`interface ${tap} is not a TAP`),
      });
    }
  });

  test("a busy interface says so, and is free again after close", async () => {
    await program.create({ name: "tap0" });
    const { second, deleted, after } = await program.whileAttached("tap0");
    expect(second).toMatchObject({ code: "ERR_SOLO5_BUSY", errno: 16, syscall: "ioctl TUNSETIFF" });
    expect(deleted).toMatchObject({ code: "ERR_SOLO5_BUSY" });
    expect(after).toBeNull();
  });

  test("a TAP of several queues is attached as one of them", async () => {
    expect(await program.multiQueue()).toMatchObject({ fault: null });
  });

  test("names of 15 bytes are taken, longer ones and empty ones refused", async () => {
    const longest = "a".repeat(15);
    await program.create({ name: longest });
    expect((await program.attach({ net: { s: { tap: longest } } })).fault).toBeNull();
    for (const tap of ["", "a".repeat(16)]) {
      expect((await program.attach({ net: { s: { tap } } })).fault).toMatchObject({
        code: "ERR_SOLO5_INVALID_ARGUMENT",
        message: expect.stringContaining("1 to 15 bytes"),
      });
    }
  });

  test("all faults come at once, in the order of the devices, and nothing stays attached", async () => {
    await program.create({ name: "tap0" });
    const { fault } = await program.attach({
      net: {
        good: { tap: "tap0" },
        missing: { tap: "nope" },
        twice: { tap: "tap0" },
        mac: { tap: "tap0", mac: "01:00:00:00:00:00" },
        loop: { tap: "lo" },
      },
      block: { disk: { path: "/nowhere/disk.img" }, folder: { path: "/" } },
    });
    expect(fault?.["code"]).toBe("ERR_SOLO5_ATTACH");
    const faults = (fault?.["errors"] ?? []) as { code: string }[];
    expect(faults.map(({ code }) => code)).toEqual([
      "ERR_SOLO5_NO_INTERFACE",
      "ERR_SOLO5_BUSY",
      "ERR_SOLO5_INVALID_ARGUMENT",
      "ERR_SOLO5_NOT_A_TAP",
      "ERR_SOLO5_NO_FILE",
      "ERR_SOLO5_BAD_FILE",
    ]);
    expect((await program.attach({ net: { good: { tap: "tap0" } } })).fault).toBeNull();
  });

  test("an ordinary user attaches the TAP that is theirs, and deletes it", async () => {
    openTun();
    await program.create({ name: "mine", owner: "nobody" });
    const { fault, acquired } = await nobody.attach({ net: { service: { tap: "mine" } } });
    expect(fault).toBeNull();
    expect(acquired).toMatchObject([{ mtu: 1500, up: true }]);
    expect(await nobody.remove("mine")).toBeNull();
    expect(await program.links()).toEqual(["lo"]);
  });

  test("an ordinary user is told what it takes to attach someone else's TAP", async () => {
    openTun();
    await program.create({ name: "roots" });
    const { fault } = await nobody.attach({ net: { service: { tap: "roots" } } });
    expect(fault).toMatchObject({
      code: "ERR_SOLO5_NO_PERMISSION",
      errno: 1,
      message: expect.stringMatching(
        /root, the capability CAP_NET_ADMIN, or a TAP that belongs to/,
      ),
    });
    expect(await nobody.create({ name: "new" })).toMatchObject([
      { code: "ERR_SOLO5_NO_PERMISSION" },
    ]);
    expect(await nobody.remove("roots")).toMatchObject({ code: "ERR_SOLO5_NO_PERMISSION" });
    expect(await program.links()).toEqual(["lo", "roots"]);
  });

  test("a closed and a missing /dev/net/tun are told apart", async () => {
    await program.create({ name: "mine", owner: "nobody" });
    inside.run("mount", "-t", "tmpfs", "tmpfs", "/mnt");
    inside.run("mknod", "-m", "0600", "/mnt/tun", "c", "10", "200");
    inside.run("mount", "--bind", "/mnt/tun", "/dev/net/tun");
    expect((await nobody.attach({ net: { s: { tap: "mine" } } })).fault).toMatchObject({
      code: "ERR_SOLO5_NO_PERMISSION",
      errno: 13,
      message: expect.stringContaining("chmod 0666 /dev/net/tun"),
    });
    inside.run("mount", "-t", "tmpfs", "tmpfs", "/dev/net");
    expect((await program.attach({ net: { s: { tap: "mine" } } })).fault).toMatchObject({
      code: "ERR_SOLO5_NO_TUN",
      message: expect.stringContaining("modprobe tun"),
    });
  });

  test("an inherited descriptor works, is non-blocking and closed with the host", async () => {
    await program.create({ name: "tap0", mtu: 1300 });
    expect(await program.bequeath("tap0", "adopt", false)).toEqual({
      mtu: 1300,
      original: false,
      flags: [0o2004002],
      state: { interface: "tap0", up: true, mtu: 1300 },
      sendDropped: 0,
      left: [],
    });
  });

  test("an inherited descriptor's MTU is read in the namespace that its interface lives in", async () => {
    await program.create({ name: "tap0", mtu: 1300 });
    expect(await program.bequeath("tap0", "adopt", true)).toMatchObject({
      mtu: 1300,
      state: { interface: "tap0", up: true, mtu: 1300 },
    });
  });

  test("a descriptor stays the caller's where another device fails", async () => {
    await program.create({ name: "tap0" });
    expect(await program.bequeath("tap0", "adoptInVain", false)).toMatchObject({
      fault: { code: "ERR_SOLO5_NO_INTERFACE" },
      kept: [4],
      good: null,
      left: [],
    });
  });

  test("descriptors that are no attached TAP are refused", async () => {
    expect(await program.adoptNonsense()).toEqual([
      "ERR_SOLO5_NOT_A_TAP",
      "ERR_SOLO5_NOT_A_TAP",
      "ERR_SOLO5_INVALID_ARGUMENT",
    ]);
  });

  test("63 devices work at once, a 64th is refused", async () => {
    const { tooMany, ...rest } = await program.sixtyThree();
    expect(rest).toEqual({
      handles: Array.from({ length: 63 }, (_, i) => i + 1),
      readyCount: 62,
      firstReady: false,
      allReceived: true,
    });
    expect(tooMany).toMatchObject({ code: "ERR_SOLO5_INVALID_ARGUMENT" });
  });

  test("tapCreate makes a persistent interface with address, MTU and owner, and brings it up", async () => {
    expect(
      await program.create(
        { name: "tap0", address: "10.0.0.1/24", mtu: 1400, owner: "nobody" },
        { name: "tap1", address: "10.1.0.1/31", owner: 1234 },
        { name: "tap2" },
      ),
    ).toEqual([null, null, null]);
    expect(await program.show("tap0")).toMatchObject({
      mtu: 1400,
      persist: true,
      user: "nobody",
      addresses: ["10.0.0.1/24 brd 10.0.0.255"],
    });
    expect((await program.show("tap0")).flags).toContain("UP");
    expect(await program.show("tap1")).toMatchObject({ addresses: ["10.1.0.1/31"] });
    // Without an owner the kernel would let everybody attach it.
    expect(await program.show("tap2")).toMatchObject({ mtu: 1500, addresses: [], user: "root" });
    expect(await program.remove("tap0")).toBeNull();
    expect(await program.links()).toEqual(["lo", "tap1", "tap2"]);
  });

  test("tapCreate gives IPv6 addresses", async () => {
    inside.run("sh", "-c", "echo 0 > /proc/sys/net/ipv6/conf/default/disable_ipv6");
    expect(await program.create({ name: "tap0", address: "fd00::1/64" })).toEqual([null]);
    expect((await program.show("tap0")).addresses).toContain("fd00::1/64");
  });

  test("tapCreate that fails leaves nothing behind", async () => {
    inside.run("ip", "link", "add", "taken", "type", "bridge");
    const faults = await program.create(
      { name: "taken" },
      { name: "a".repeat(16) },
      { name: "t%d" },
      { name: "a/b" },
      { name: "t0", address: "10.0.0.1" },
      { name: "t0", address: "10.0.0.1/33" },
      { name: "t0", address: "10.0.0.256/24" },
      { name: "t0", address: "10.0.0.1/-1" },
      { name: "t0", mtu: 67 },
      { name: "t0", mtu: 65522 },
      { name: "t0", owner: "no-such-user" },
      { name: "t0", address: "127.0.0.1/8x" },
    );
    expect(faults.map((fault) => fault?.["code"])).toEqual([
      "ERR_SOLO5_INTERFACE_EXISTS",
      ...new Array(11).fill("ERR_SOLO5_INVALID_ARGUMENT"),
    ]);
    expect(await program.links()).toEqual(["lo", "taken"]);
  });

  test("tapDelete takes neither missing interfaces nor others than TAPs", async () => {
    inside.run("ip", "link", "add", "other", "type", "bridge");
    expect(await program.remove("nope")).toMatchObject({
      code: "ERR_SOLO5_NO_INTERFACE",
      message: "tap delete nope: there is no interface nope in this network namespace",
    });
    expect(await program.remove("other")).toMatchObject({
      code: "ERR_SOLO5_NOT_A_TAP",
      message: "tap delete other: interface other is not a TAP: `sudo ip link delete other`",
    });
    expect(await program.links()).toEqual(["lo", "other"]);
  });
});
