// What any world must do with network devices, on the Linux host and real TAP interfaces.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  describeKernel,
  type Namespace,
  namespace,
} from "../../../bindings/test/kernel/namespace.ts";
import { netCases } from "../../src/testing.ts";

const PROGRAM = new URL("./programs/conformance.ts", import.meta.url);

describeKernel("network devices on the host", () => {
  describe.each([1500, 9000])("with MTU %i", (mtu) => {
    let inside: Namespace;
    let said: Record<string, string | null> = {};

    beforeAll(async () => {
      inside = await namespace();
      const program = inside.program<typeof import("./programs/conformance.ts")>(PROGRAM, {
        timeout: 60_000,
      });
      said = await program.conformance(mtu);
    }, 90_000);
    afterAll(() => inside.close());

    test.each(netCases.map(({ name }) => name))("%s", (name) => {
      expect(said[name]).toBeNull();
    });
  });
});
