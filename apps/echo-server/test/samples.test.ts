import { expect, test } from "vitest";
import { allAnswered, table } from "../demo/samples.ts";

test("the table shows least, middle and greatest round trip, in columns", () => {
  const rows = [
    { what: "ping", sent: 4, answered: 4, roundTrips: [10, 0.5, 2, 1] },
    { what: "UDP, many", sent: 1000, answered: 999, roundTrips: [], remark: "7 a second" },
  ];
  expect(table(rows)).toBe(
    [
      "             sent  answered       min    median        max",
      "  ping          4         4  0.500 ms  1.000 ms  10.000 ms",
      "  UDP, many  1000       999         -         -          -  7 a second",
      "",
    ].join("\n"),
  );
});

test("nothing sent is not everything answered", () => {
  const row = { what: "", sent: 2, answered: 2, roundTrips: [] };
  expect(allAnswered([row])).toBe(true);
  expect(allAnswered([row, { ...row, answered: 1 }])).toBe(false);
  expect(allAnswered([{ ...row, sent: 0, answered: 0 }])).toBe(false);
});
