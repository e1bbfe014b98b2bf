// The cases of `@miou-solo5/net/testing` on two TAP interfaces that are joined by a bridge.
import { setTimeout } from "node:timers/promises";
import { host } from "@miou-solo5/bindings";
import { netCases } from "../../../src/testing.ts";
import { bridged } from "./link.ts";

/** What each case said, by its name: null where it passed. */
export async function conformance(mtu: number): Promise<Record<string, string | null>> {
  bridged(mtu);
  const said: Record<string, string | null> = {};
  for (const { name, run } of netCases) {
    const make = () => {
      const solo5 = host({ net: { left: { tap: "left" }, right: { tap: "right" } } });
      return {
        solo5,
        names: ["left", "right"] as const,
        mtu,
        pass: async (duration: number) => {
          await setTimeout(Math.ceil(duration / 1e6));
        },
        close: () => solo5.close(),
      };
    };
    said[name] = await run(make).then(
      () => null,
      (error: unknown) => String(error),
    );
  }
  return said;
}
