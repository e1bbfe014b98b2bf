// Timers: as many wait as the case says, and each that is due makes way for a new one. tinyqueue is the smallest heap
// around; it has no stable ties and no cancellation.
import { PriorityQueue } from "miou-solo5";
import TinyQueue from "tinyqueue";
import { timed } from "../lib/measure.mjs";

const LOAD = { count: 400_000, warmUp: 150_000 };
const SIDES = ["pqueue", "tinyqueue"];

export const row = {
  name: "timers",
  place: 40,
  title: "Timer queue",
  unit: "ns a timer",
  about: "one pop and one push; then one push and its cancellation, which tinyqueue hasn't",
  cases: [
    { name: "16 waiting", parameters: { ...LOAD, waiting: 16 }, sides: SIDES },
    { name: "1,000 waiting", parameters: { ...LOAD, waiting: 1000 }, sides: SIDES },
    { name: "100,000 waiting", parameters: { ...LOAD, waiting: 100_000 }, sides: SIDES },
    { name: "cancelled", parameters: { ...LOAD, waiting: 1000 }, sides: ["pqueue cancel"] },
  ],
  sides: {
    pqueue: (load) => hold(new PriorityQueue(byDeadline), load),
    tinyqueue: (load) => hold(new TinyQueue([], byDeadline), load),
    "pqueue cancel": ({ waiting, ...load }) => {
      const queue = new PriorityQueue(byDeadline);
      const next = deadlines();
      for (let i = 0; i < waiting; i++) queue.push({ deadline: next(0) });
      return timed((times) => {
        for (let i = 0; i < times; i++) queue.cancel(queue.push({ deadline: next(0) }));
      }, load);
    },
  },
};

function byDeadline(a, b) {
  return a.deadline < b.deadline ? -1 : a.deadline > b.deadline ? 1 : 0;
}

function hold(queue, { waiting, ...load }) {
  const next = deadlines();
  for (let i = 0; i < waiting; i++) queue.push({ deadline: next(0) });
  return timed((times) => {
    for (let i = 0; i < times; i++) {
      const { deadline } = queue.pop();
      queue.push({ deadline: next(deadline) });
    }
  }, load);
}

/** Up to a second later than what is given, the same in every run. */
function deadlines() {
  let state = 1;
  return (from) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return from + (state >>> 2);
  };
}
