// The figures as text.

export function printRow(row) {
  const { name, title, unit } = row;
  console.log(`\n${title}  [${name}]`);
  if (row.skipped !== undefined) {
    console.log(`  not measured: ${row.skipped}`);
    return;
  }
  for (const one of row.cases) {
    const sides = one.sides.map((side) => `${side.side} ${show(side.figure)}${noise(side)}`);
    console.log(`  ${one.name.padEnd(14)} ${unit}: ${sides.join("  ")}`);
    for (const { side, more } of one.sides) {
      const entries = Object.entries(more).map(([key, value]) => `${key} ${show(value)}`);
      if (entries.length > 0) console.log(`  ${"".padEnd(16)}${side}: ${entries.join(", ")}`);
    }
    for (const goal of one.goals) console.log(`  ${"".padEnd(16)}${describeGoal(goal, unit)}`);
  }
}

export function printSummary(results) {
  const goals = results.flatMap((row) =>
    row.cases.flatMap((one) => one.goals.map((goal) => ({ row, one, goal }))),
  );
  console.log(`\n${"row".padEnd(42)}${"measured".padStart(10)}${"goal".padStart(12)}`);
  for (const { row, one, goal } of goals) {
    const what = `${row.title}, ${one.name}: ${goal.side}`;
    const against = goal.to === undefined ? row.unit : `of ${goal.to}`;
    const measured = goal.value === null ? "-" : show(goal.value);
    console.log(
      `${what.padEnd(64)}${measured.padStart(8)}${limitOf(goal).padStart(9)}  ${verdict(goal).padEnd(8)} ${against}`,
    );
  }
  const judged = goals.filter(({ goal }) => goal.met !== null && goal.waitsFor === undefined);
  const met = judged.filter(({ goal }) => goal.met).length;
  console.log(`\n${met} of ${judged.length} goals met`);
}

export function describeGoal(goal, unit) {
  const against = goal.to === undefined ? unit : `of ${goal.to}`;
  return `${goal.side}: ${show(goal.value)} ${against}, goal ${limitOf(goal)}: ${verdict(goal)}`;
}

export function limitOf({ atMost, atLeast }) {
  return atMost === undefined ? `>= ${atLeast}` : `<= ${atMost}`;
}

export function verdict({ met, waitsFor }) {
  if (waitsFor !== undefined) return `waits for ${waitsFor}`;
  if (met === null) return "not measured";
  return met ? "met" : "MISSED";
}

/** Three significant digits, without an exponent. */
export function show(value) {
  if (value === null) return "-";
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(3)));
}

function noise({ spread }) {
  return spread > 0.1 ? ` (±${Math.round(spread * 100)}%)` : "";
}
