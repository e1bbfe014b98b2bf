import { expect, test } from "vitest";
import * as wire from "../src/wire.ts";

test("the entry wire exports these names and no others", () => {
  expect(Object.keys(wire).sort()).toMatchInlineSnapshot(`
    [
      "ACK",
      "FIN",
      "MSS_OPTION_SIZE",
      "OPTIONS_SIZE_MAX",
      "PSH",
      "RST",
      "SACK_BLOCKS_MAX",
      "SACK_PERMITTED_OPTION_SIZE",
      "SYN",
      "Segment",
      "TCP_HEADER_SIZE",
      "TIMESTAMPS_OPTION_SIZE",
      "URG",
      "WINDOW_SCALE_OPTION_SIZE",
      "addWords",
      "after",
      "checksumOf",
      "distance",
      "earlier",
      "fold",
      "isAtMost",
      "isBefore",
      "isIntact",
      "isSealed",
      "later",
      "parseSegment",
      "read16",
      "read32",
      "replaceWord",
      "sackOptionSize",
      "sealSegment",
      "write16",
      "write32",
      "writeMss",
      "writeSackPermitted",
      "writeSacks",
      "writeTcpHeader",
      "writeTimestamps",
      "writeWindowScale",
    ]
  `);
});
