// Waiting without blocking the thread.
import type { ReadySet } from "@miou-solo5/scheduler";
import { claim, codeOf } from "@miou-solo5/scheduler/testing";
import { frame, has, type Link, type NetCase, netCase, setOf } from "./case.ts";

/** Begins a wait, and tells how often and when it woke. */
function begin(link: Link, deadline: number, interest?: ReadySet) {
  const woken: number[] = [];
  const wake = () => woken.push(link.solo5.clockMonotonic());
  const wait = link.solo5.wait(deadline, wake, ...(interest === undefined ? [] : [interest]));
  claim("wake comes later, not from inside the call", woken.length, 0);
  return { wait, woken };
}

/** Some time in which a wait that must not wake could. */
const WHILE_NS = 5_000_000;

export const waitCases: readonly NetCase[] = [
  netCase("a wait wakes once, not before its deadline", async (link) => {
    const deadline = link.solo5.clockMonotonic() + 3_000_000;
    const { woken } = begin(link, deadline);
    await link.passUntil(() => woken.length > 0);
    claim("woken", woken.length, 1);
    claim("not before the deadline", (woken[0] ?? 0) >= deadline, true);
    await link.world.pass(WHILE_NS);
    claim("woken once", woken.length, 1);
  }),
  netCase("a past deadline wakes, later", async (link) => {
    for (const deadline of [0, link.solo5.clockMonotonic(), -1]) {
      const { woken } = begin(link, deadline);
      await link.passUntil(() => woken.length > 0);
      claim(`woken for ${deadline}`, woken.length, 1);
    }
  }),
  netCase(
    "input that comes wakes a wait without deadline; then a poll tells of it",
    async (link) => {
      const [a, b] = link.ends();
      const { woken } = begin(link, Infinity);
      await link.world.pass(WHILE_NS);
      claim("not before there is input", woken.length, 0);
      link.send(a, frame(60));
      await link.passUntil(() => woken.length > 0);
      claim("woken", woken.length, 1);
      const ready = new Uint32Array(2);
      link.solo5.yield(0, ready);
      claim("the poll", has(ready, b), true);
    },
  ),
  netCase("input that is there already wakes, as often as it is not read", async (link) => {
    const [a, b] = link.ends();
    link.send(a, frame(60));
    link.await(b);
    for (let count = 0; count < 3; count++) {
      const { woken } = begin(link, Infinity);
      await link.passUntil(() => woken.length > 0);
      claim("woken", woken.length, 1);
    }
  }),
  netCase(
    "input that nobody is interested in does not wake, and interest is read at once",
    async (link) => {
      const [a, b] = link.ends();
      const interest = setOf(a);
      const { wait, woken } = begin(link, Infinity, interest);
      interest.set(setOf(b));
      link.send(a, frame(60));
      await link.world.pass(WHILE_NS);
      claim("woken by the other device", woken.length, 0);
      link.send(b, frame(60));
      await link.passUntil(() => woken.length > 0);
      claim("woken by its own", woken.length, 1);
      wait.cancel();
    },
  ),
  netCase(
    "a cancelled wait never wakes; cancelling again, or too late, does no harm",
    async (link) => {
      const [a] = link.ends();
      const first = begin(link, link.solo5.clockMonotonic() + 1_000_000);
      first.wait.cancel();
      first.wait.cancel();
      const second = begin(link, 0);
      first.wait.cancel();
      await link.passUntil(() => second.woken.length > 0);
      second.wait.cancel();
      const third = begin(link, Infinity);
      first.wait.cancel();
      second.wait.cancel();
      link.send(a, frame(60));
      await link.passUntil(() => third.woken.length > 0);
      await link.world.pass(WHILE_NS);
      claim("woken", [first.woken.length, second.woken.length, third.woken.length], [0, 1, 1]);
    },
  ),
  netCase("one wait at a time; another may begin in its wake", async (link) => {
    const first = begin(link, link.solo5.clockMonotonic() + 1_000_000);
    claim(
      "a second",
      codeOf(() => link.solo5.wait(0, () => {})),
      "ERR_SOLO5_BUSY",
    );
    await link.passUntil(() => first.woken.length > 0);
    claim("the first woke", first.woken.length, 1);
    let rounds = 0;
    const again = () => {
      if (++rounds < 3) link.solo5.wait(0, again);
    };
    link.solo5.wait(0, again);
    await link.passUntil(() => rounds === 3);
    claim("rounds", rounds, 3);
  }),
  netCase("a poll or a short yield leaves the wait under way alone", async (link) => {
    const [a, b] = link.ends();
    const { woken } = begin(link, Infinity, setOf(b));
    const ready = new Uint32Array(2);
    link.solo5.yield(0, ready);
    link.solo5.yield(link.solo5.clockMonotonic() + 1_000_000, ready, setOf(a));
    await link.world.pass(WHILE_NS);
    claim("not woken", woken.length, 0);
    link.send(a, frame(60));
    await link.passUntil(() => woken.length > 0);
    claim("woken by input", woken.length, 1);
  }),
  netCase(
    "a device released while a wait is under way does not wake it, and works when acquired again",
    async (link) => {
      const [a, b] = link.ends();
      const { woken } = begin(link, Infinity);
      link.solo5.netRelease(b.handle);
      link.send(a, frame(60));
      await link.world.pass(WHILE_NS);
      claim("not woken", woken.length, 0);
      link.send(link.acquire(b.name), frame(61));
      await link.passUntil(() => woken.length > 0);
      claim("woken by the other", woken.length, 1);
    },
  ),
];
