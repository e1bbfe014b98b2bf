// Measures a row: all sides of each case in turns, round by round.
//
// A row is
//   { name, place, title, unit, onTap?, waitsFor?, open?, close?, sides, partner?, cases: [
//       { name, parameters, sides: [...], goals: [{ side, to?, atMost | atLeast }] } ] }
// What `open()` gives is added to the parameters of all sides.
// The figure of a sample is its CPU time per item, unless the row has a `figure(sample)` of its own. A goal with `to`
// is about a ratio within the same round (with several names in `to`: to the cheapest of them); one without is
// about the figure itself.

import { runSide } from "./sides.mjs";
import { median, medianRatio, spread } from "./statistics.mjs";

/** Of a load's counts, what a smoke run keeps. */
const QUICK_SHARE = 0.02;
/** Of a row's cases, how many a smoke run keeps. */
const QUICK_CASES = 3;

export async function measureRow(row, { rounds, quick, enter, skipped }) {
  const { name, title, unit, about } = row;
  const head = { name, title, unit, about };
  if (skipped !== undefined) return { ...head, skipped, cases: row.cases.map(waiting) };
  const cases = [];
  const opened = row.open?.() ?? {};
  try {
    for (const one of quick ? row.cases.slice(0, QUICK_CASES) : row.cases) {
      const load = quick ? lessOf(one.parameters) : one.parameters;
      const parameters = { ...load, ...opened };
      cases.push(await measureCase(row, { ...one, parameters }, rounds, enter));
    }
  } finally {
    row.close?.();
  }
  return { ...head, cases };
}

async function measureCase(row, one, rounds, enter) {
  const figures = Object.fromEntries(one.sides.map((side) => [side, []]));
  const extras = Object.fromEntries(one.sides.map((side) => [side, {}]));
  const figureOf = row.figure ?? ((sample) => sample.cpu / sample.items);
  for (let round = 0; round < rounds; round++) {
    // Every other round the other way round, so that a trend of the machine favours nobody.
    const order = round % 2 === 0 ? one.sides : one.sides.toReversed();
    for (const side of order) {
      const sample = await runSide(row, side, one.parameters, enter);
      figures[side].push(figureOf(sample));
      for (const [key, value] of Object.entries(sample)) {
        extras[side][key] ??= [];
        extras[side][key].push(value);
      }
    }
  }
  const sides = one.sides.map((side) => ({
    side,
    figure: median(figures[side]),
    spread: spread(figures[side]),
    more: mediansOf(extras[side]),
  }));
  return { name: one.name, sides, goals: (one.goals ?? []).map((goal) => judge(goal, figures)) };
}

function judge(goal, figures) {
  const { side, to, atMost, atLeast, waitsFor } = goal;
  const peer = Array.isArray(to) ? cheapest(to, figures) : to;
  const value =
    peer === undefined ? median(figures[side]) : medianRatio(figures[side], figures[peer]);
  const met = atMost === undefined ? value >= atLeast : value <= atMost;
  return { side, to: peer, value, atMost, atLeast, met, waitsFor };
}

function cheapest(sides, figures) {
  return sides.reduce((best, side) =>
    median(figures[side]) < median(figures[best]) ? side : best,
  );
}

function waiting({ name, goals = [] }) {
  return { name, sides: [], goals: goals.map((goal) => ({ ...goal, value: null, met: null })) };
}

function mediansOf(extras) {
  const { cpu, items, ...rest } = extras;
  return Object.fromEntries(Object.entries(rest).map(([key, values]) => [key, median(values)]));
}

function lessOf(parameters) {
  const less = { ...parameters };
  for (const key of ["count", "warmUp", "bursts"]) {
    if (less[key] !== undefined) less[key] = Math.max(1, Math.round(less[key] * QUICK_SHARE));
  }
  return less;
}
