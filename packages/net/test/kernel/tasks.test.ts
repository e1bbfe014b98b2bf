// Tasks on real TAP interfaces: what the kernel does to them while they read and write.
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  describeKernel,
  type Namespace,
  namespace,
  type Program,
} from "../../../bindings/test/kernel/namespace.ts";

const PROGRAM = new URL("./programs/tasks.ts", import.meta.url);
type Tasks = typeof import("./programs/tasks.ts");

describeKernel("tasks on TAP interfaces", () => {
  let inside: Namespace;
  let program: Program<Tasks>;

  beforeEach(async () => {
    inside = await namespace();
    program = inside.program<Tasks>(PROGRAM);
  });
  afterEach(() => inside.close());

  test("while an interface is down reads wait and writes are dropped; up again, all goes on", async () => {
    expect(await program.downAndUp()).toEqual({
      waiting: "ERR_SOLO5_TIMEOUT",
      dropped: 1,
      got: 80,
    });
  });

  test("an interface deleted under them fails every pending and later call; the other device goes on", async () => {
    expect(await program.deleted()).toEqual({
      codes: new Array(6).fill("ERR_SOLO5_DEVICE_GONE"),
      framesSent: 0,
    });
  });

  test("an interface deleted under a blocking run ends it with the reason", async () => {
    expect(await program.deletedWhileBlocked()).toBe("ERR_SOLO5_DEVICE_GONE");
  });

  test("an MTU of 9000 is used in full, and not a byte more", async () => {
    expect(await program.jumbo()).toEqual({
      mtu: 9000,
      sizes: [14, 1515, 9013, 9014],
      refused: "ERR_SOLO5_FRAME_SIZE",
    });
  });

  test("an MTU raised under a program: longer frames are dropped whole and counted, the others arrive", async () => {
    expect(await program.mtuRaised()).toEqual({
      mtu: 3000,
      mine: 1500,
      got: [1514, 60],
      more: "ERR_SOLO5_TIMEOUT",
      receiveOversized: 3,
      framesReceived: 2,
    });
  });

  test("two links are served at once, both ways, in order", async () => {
    const count = 500;
    const all = Array.from({ length: count }, (_, i) => i);
    expect(await program.twoDevices(count)).toEqual([all, all]);
  });

  test("63 devices are served by one program", async () => {
    const slow = inside.program<Tasks>(PROGRAM, { timeout: 30_000 });
    expect(await slow.manyDevices()).toBe(62);
  }, 40_000);

  test("a burst longer than the kernel's queue: in order what comes, counted what does not", async () => {
    const { framesReceived, ...rest } = await program.overflow();
    expect(rest).toEqual({ code: "ERR_SOLO5_TIMEOUT", inOrder: true, sum: 3000 });
    expect(framesReceived).toBeGreaterThanOrEqual(500);
    expect(framesReceived).toBeLessThan(3000);
  });

  test("timers and promises of the process go on while tasks wait and while they are busy", async () => {
    // It returns only when they did: a timer that never fires is a timeout here.
    const { ticks, frames } = await program.besideTheEventLoop();
    expect(ticks).toBeGreaterThanOrEqual(10);
    expect(frames).toBeGreaterThanOrEqual(100);
  });

  test("an endlessly yielding task starves no reader, a busy reader no sleeper", async () => {
    const { got, slept } = await program.fairness();
    expect(got).toBe(60);
    expect(slept).toBeGreaterThanOrEqual(20);
    expect(slept).toBeLessThan(5000);
  });

  test("frames without tasks; when nobody asks for another, the process may exit", async () => {
    expect(await program.webThenNothing()).toEqual([60, 61, 62]);
  });

  testAsRoot(
    "an ordinary user whose interfaces they are needs no rights but the device's",
    async () => {
      // A node that everybody may open, in this namespace's mounts only.
      inside.run("mount", "-t", "tmpfs", "tmpfs", "/mnt");
      inside.run("mknod", "-m", "0666", "/mnt/tun", "c", "10", "200");
      inside.run("mount", "--bind", "/mnt/tun", "/dev/net/tun");
      inside.run("ip", "link", "add", "bridge", "type", "bridge", "mcast_snooping", "0");
      inside.run("ip", "link", "set", "dev", "bridge", "up");
      for (const tap of ["left", "right"]) {
        inside.run("ip", "tuntap", "add", "dev", tap, "mode", "tap", "user", "nobody");
        inside.run("ip", "link", "set", "dev", tap, "up");
        inside.run("ip", "link", "set", "dev", tap, "master", "bridge");
      }
      const user = inside.program<Tasks>(PROGRAM, { user: "nobody" });
      expect(await user.echo()).toEqual({ sizes: [14, 60, 1514], user: 65_534 });
    },
  );
});

/** Only root can become somebody else. */
function testAsRoot(title: string, body: () => Promise<void>): void {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && process.env["CI"] !== "true") {
    process.stderr.write(`skipped: ${title}: only root can run it as another user\n`);
  }
  test.skipIf(!isRoot && process.env["CI"] !== "true")(title, body);
}
