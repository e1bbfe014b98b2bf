// Our stack and the kernel's, over a TAP interface in a namespace of the test's own.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  describeKernel,
  type Namespace,
  namespace,
  type Program,
} from "../../../bindings/test/kernel/namespace.ts";

const PROGRAM = new URL("./programs/kernel.ts", import.meta.url);

describeKernel("the stack and the kernel", () => {
  let inside: Namespace;
  let program: Program<typeof import("./programs/kernel.ts")>;

  beforeEach(async () => {
    inside = await namespace();
    program = inside.program(PROGRAM, { timeout: 50_000 });
  });
  afterEach(() => inside.close());

  describe.each([576, 1500, 9000])("with MTU %i", (mtu) => {
    const whole = mtu - 28;
    // All around what fits into one frame and into two, then what is cut often, up to the longest.
    const sizes = [
      ...[0, 1, 2, 7, 8, 9, 56, 511, 512],
      ...[whole - 1, whole, whole + 1, whole + 8, 2 * whole, 2 * whole + 40],
      ...[8000, 9001, 20_000, 65_506, 65_507],
    ];

    test("the kernel's ping is answered, in fragments both ways where it is long", {
      timeout: 60_000,
    }, async () => {
      const { answered, echoes, wrong } = await program.pingsUs(mtu, 10, [
        0,
        56,
        whole,
        whole + 1,
        8000,
        65_507,
      ]);
      expect(answered).toEqual(new Array(6).fill(10));
      expect(echoes).toBe(60);
      expect(wrong).toBe(0);
    });

    test("a ping that may not be fragmented is answered up to the MTU", {
      timeout: 60_000,
    }, async () => {
      expect(await program.pingsUsWhole(mtu, whole)).toBe(true);
    });

    test("the kernel answers our ping", { timeout: 60_000 }, async () => {
      const asked = [0, 56, whole, whole + 1, 8000, 65_507];
      expect(await program.pingsKernel(mtu, asked)).toEqual(asked.map((size) => [size, 64, true]));
    });

    test("datagrams of any size go from the kernel to us and back", {
      timeout: 60_000,
    }, async () => {
      const all =
        mtu === 1500 ? [...sizes, ...Array.from({ length: 500 }, (_, i) => 3 * i)] : sizes;
      expect(await program.kernelAsks(mtu, all)).toEqual({ wrong: [], checksums: 0, dropped: 0 });
    });

    test("datagrams of any size go from us to the kernel and back", {
      timeout: 60_000,
    }, async () => {
      expect(await program.weAsk(mtu, sizes)).toEqual({ wrong: [], checksums: 0 });
    });
  });

  test("a flood of 5,000 pings is answered, none lost", { timeout: 60_000 }, async () => {
    expect(await program.flood(5000)).toEqual({ answered: 5000, echoes: 5000 });
  });

  test("each side tells the other of a port where nobody is", { timeout: 60_000 }, async () => {
    expect(await program.closedPorts()).toEqual({ kernel: "ECONNREFUSED", us: "port-unreachable" });
  });

  test("a packet whose hops are used up comes back as an error", { timeout: 60_000 }, async () => {
    expect(await program.hopsExceeded()).toEqual({ beyond: 56, passed: "time-exceeded" });
  });

  test("broadcasts arrive both ways", { timeout: 60_000 }, async () => {
    expect(await program.broadcasts()).toEqual(["A", "A", "B", "true"]);
  });

  test("an announcement mends what the kernel believed of our address", {
    timeout: 60_000,
  }, async () => {
    expect(await program.announced()).toBe("mended");
  });
});
