// Our TCP and the kernel's, over a TAP interface in a namespace of the test's own.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  describeKernel,
  type Namespace,
  namespace,
  type Program,
} from "../../../bindings/test/kernel/namespace.ts";

const PROGRAM = new URL("./programs/tcp.ts", import.meta.url);
const TIMEOUT = { timeout: 90_000 };

const SIZES = [
  0, 1, 2, 535, 1447, 1448, 1449, 1460, 1461, 10_000, 65_535, 65_536, 300_000, 3_000_000,
];

describeKernel("our TCP and the kernel's", () => {
  let inside: Namespace;
  let program: Program<typeof import("./programs/tcp.ts")>;

  beforeEach(async () => {
    inside = await namespace();
    program = inside.program(PROGRAM, { timeout: 80_000 });
  });
  afterEach(() => inside.close());

  describe.each([576, 1500, 9000])("with MTU %i", (mtu) => {
    test(
      "texts of any size go from the kernel to us and back, half-close honoured",
      TIMEOUT,
      async () => {
        expect(await program.kernelAsks(mtu, SIZES)).toEqual({ wrong: [], checksums: 0, ours: 0 });
      },
    );

    test("and from us to the kernel and back", TIMEOUT, async () => {
      expect(await program.weAsk(mtu, SIZES)).toEqual({ wrong: [], checksums: 0, ours: 0 });
    });
  });

  describe("over a cable that loses, doubles, damages and reorders", () => {
    const faults = { loss: 0.03, duplication: 0.03, corruption: 0.02, reordering: 0.05 };
    const sizes = [0, 1, 1448, 20_000, 300_000];

    test("everything comes back to the kernel", TIMEOUT, async () => {
      const { wrong, checksums, ours } = await program.kernelAsks(1500, sizes, faults);
      expect(wrong).toEqual([]);
      // Both ends have seen damage, and thrown it away.
      expect(checksums).toBeGreaterThan(0);
      expect(ours).toBeGreaterThan(0);
    });

    test("and to us", TIMEOUT, async () => {
      const { wrong, checksums, ours } = await program.weAsk(1500, sizes, faults);
      expect(wrong).toEqual([]);
      expect(checksums).toBeGreaterThan(0);
      expect(ours).toBeGreaterThan(0);
    });
  });

  test("500 connections are open at once, and none gets another's text", TIMEOUT, async () => {
    expect(await program.manyAtOnce(500)).toEqual({ open: 500, right: 500 });
  });

  test("node:http on our stack serves the kernel's clients", TIMEOUT, async () => {
    expect(await program.http(30)).toEqual([]);
  });

  test("and does so over a bad cable", TIMEOUT, async () => {
    const faults = { loss: 0.02, duplication: 0.02, corruption: 0.01, reordering: 0.02 };
    expect(await program.http(15, faults)).toEqual([]);
  });

  test("each side refuses what nobody listens to", TIMEOUT, async () => {
    expect(await program.closedPorts()).toEqual({
      kernel: "ECONNREFUSED",
      us: "ERR_SOLO5_CONNECTION_REFUSED",
    });
  });

  test("each side hears the other's reset", TIMEOUT, async () => {
    expect(await program.resets()).toEqual({
      kernel: "ECONNRESET",
      us: "ERR_SOLO5_CONNECTION_RESET",
    });
  });

  test(
    "a kernel that does not read shuts its window, and gets all of it when it does",
    TIMEOUT,
    async () => {
      const { window, isWhole } = await program.slowReader(20_000_000);
      expect(isWhole).toBe(true);
      expect(window).toBeLessThan(1500);
    },
  );
});
