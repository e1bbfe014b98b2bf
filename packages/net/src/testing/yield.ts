// Clocks, and waiting with the thread blocked.
import { claim } from "@miou-solo5/scheduler/testing";
import { bitsOf, frame, has, type NetCase, netCase, setOf } from "./case.ts";

const FULL = 0xffff_ffff;

export const yieldCases: readonly NetCase[] = [
  netCase(
    "the monotonic clock never goes back, and a yield without input moves it to the deadline",
    (link) => {
      const { solo5 } = link;
      const ready = new Uint32Array(2);
      let before = solo5.clockMonotonic();
      for (const duration of [0, 1, 1000, 1_000_000]) {
        const deadline = solo5.clockMonotonic() + duration;
        solo5.yield(deadline, ready);
        const after = solo5.clockMonotonic();
        claim("not back", after >= before, true);
        claim(`not before a deadline ${duration} ns away`, after >= deadline, true);
        before = after;
      }
    },
  ),
  netCase("entropy fills the whole array, and differs from call to call", ({ solo5 }) => {
    const [first, second] = [new Uint8Array(64), new Uint8Array(64)];
    solo5.entropy(first);
    solo5.entropy(second);
    claim(
      "two fillings differ",
      first.some((byte, i) => byte !== second[i]),
      true,
    );
    claim(
      "not all zero",
      first.subarray(32).some((byte) => byte !== 0),
      true,
    );
    solo5.entropy(new Uint8Array(0));
  }),
  netCase("a past deadline polls: the ready set is exactly the devices with input", (link) => {
    const [a, b] = link.ends();
    const poll = (): string => {
      const ready = new Uint32Array([FULL, FULL]);
      link.solo5.yield(0, ready);
      return bitsOf(ready);
    };
    const none = bitsOf(new Uint32Array(2));
    claim("without input", poll(), none);
    link.send(a, frame(60));
    link.await(b);
    claim("with input", poll(), bitsOf(setOf(b)));
    claim("still, for nobody read it", poll(), bitsOf(setOf(b)));
    link.receive(b);
    claim("after it was read", poll(), none);
    link.send(a, frame(60));
    link.send(b, frame(60));
    link.await(a);
    link.await(b);
    const both = setOf(a).map((word, i) => word | (setOf(b)[i] ?? 0));
    claim("with input on both", poll(), bitsOf(both));
  }),
  netCase("input ends a yield before its deadline, also one without deadline", (link) => {
    const [a, b] = link.ends();
    for (const deadline of [link.solo5.clockMonotonic() + 60e9, Infinity]) {
      const ready = new Uint32Array(2);
      const start = link.solo5.clockMonotonic();
      link.send(a, frame(60));
      link.solo5.yield(deadline, ready);
      claim("ready", bitsOf(ready), bitsOf(setOf(b)));
      claim("within a second", link.solo5.clockMonotonic() - start < 1e9, true);
      link.receive(b);
    }
  }),
  netCase("input that nobody is interested in neither ends a yield nor is told", (link) => {
    const [a, b] = link.ends();
    link.send(a, frame(60));
    link.await(b);
    const ready = new Uint32Array([FULL, FULL]);
    for (const interest of [setOf(a), new Uint32Array(2)]) {
      const deadline = link.solo5.clockMonotonic() + 2e6;
      link.solo5.yield(deadline, ready, interest);
      claim("it lasts to the deadline", link.solo5.clockMonotonic() >= deadline, true);
      claim("the ready set", [...ready], [0, 0]);
    }
    link.solo5.yield(0, ready, setOf(b));
    claim("whoever is interested is told", has(ready, b), true);
  }),
];
