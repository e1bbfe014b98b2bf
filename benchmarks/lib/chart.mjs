// The chart of all goals: how much of what a goal allows is used. One bar a goal; the line is the goal.
import { limitOf, show } from "./table.mjs";

const WIDTH = 980;
const LINE = 22;
const TOP = 56;
const LABEL_WIDTH = 330;
const BAR_WIDTH = 330;
/** What of the goal the bar's whole width is. */
const SHARE_MAX = 2;

const STYLE = `
    text { font: 12px system-ui, sans-serif; fill: #1f2328 }
    .title { font-size: 15px; font-weight: 600 }
    .quiet { fill: #59636e }
    .met { fill: #1a7f5a } .missed { fill: #bc4c00 } .waits { fill: #8c959f }
    .goal { stroke: #1f2328; stroke-width: 1.5; stroke-dasharray: 3 2 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 } .quiet { fill: #9198a1 }
      .met { fill: #3fb68b } .missed { fill: #f0883e } .waits { fill: #656c76 }
      .goal { stroke: #e6edf3 }
    }`;

export function chart(rows) {
  const goals = rows.flatMap((row) =>
    row.cases.flatMap((one) => one.goals.map((goal) => ({ row, one, goal }))),
  );
  const drawn = goals.filter(({ goal }) => goal.value !== null);
  const height = TOP + drawn.length * LINE + 14;
  const goalAt = LABEL_WIDTH + BAR_WIDTH / SHARE_MAX;
  const title = "What our goals allow, and what is used of it (shorter is better)";
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${title}">
  <style>${STYLE}
  </style>
  <text x="12" y="24" class="title">${title}</text>
  <text x="${goalAt}" y="${TOP - 10}" text-anchor="middle" class="quiet">the goal</text>
${drawn.map((each, index) => bar(each, TOP + index * LINE)).join("\n")}
  <line x1="${goalAt}" y1="${TOP - 4}" x2="${goalAt}" y2="${height - 12}" class="goal"/>
</svg>
`;
}

function bar({ row, one, goal }, top) {
  const { value, atMost, atLeast, waitsFor } = goal;
  const share = atMost === undefined ? atLeast / value : value / atMost;
  const width = Math.max(2, (Math.min(share, SHARE_MAX) / SHARE_MAX) * BAR_WIDTH);
  const kind = waitsFor !== undefined ? "waits" : goal.met ? "met" : "missed";
  const of = goal.to === undefined ? row.unit : `of ${goal.to}`;
  const figure = `${show(value)} ${of}, goal ${limitOf(goal).replace("<=", "≤").replace(">=", "≥")}`;
  const wait = waitsFor === undefined ? "" : `, waits for ${waitsFor}`;
  const middle = top + LINE / 2 + 4;
  return [
    `  <text x="${LABEL_WIDTH - 8}" y="${middle}" text-anchor="end">${escaped(`${row.title}, ${one.name}: ${goal.side}`)}</text>`,
    `  <rect x="${LABEL_WIDTH}" y="${top + 4}" width="${width.toFixed(1)}" height="${LINE - 8}" rx="2" class="${kind}"/>`,
    `  <text x="${LABEL_WIDTH + BAR_WIDTH + 8}" y="${middle}" class="quiet">${escaped(figure + wait)}</text>`,
  ].join("\n");
}

function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
