import { runSync } from "@miou-solo5/scheduler";
import { expect, test } from "vitest";
import { connect } from "../src/index.ts";
import { station } from "./station.ts";

test("a debugged run tells of a read that nobody ran, not of what a device keeps for later", () => {
  const { machine } = station();
  const told: string[] = [];
  runSync(
    [],
    function* main() {
      const device = connect("service");
      device.read(new Uint8Array(device.frameSizeMax));
      device.close();
    },
    {
      solo5: machine.solo5,
      debug: true,
      tracer: {
        unused: (task, { what, madeAt }) => {
          told.push(
            `${task.name}: ${what}`,
            madeAt[0]?.replace(/.*\/(\S+):\d+:\d+\)?$/, "$1") ?? "",
          );
        },
      },
    },
  );
  expect(told).toEqual(["main: a frame from service", "debug.test.ts"]);
});
