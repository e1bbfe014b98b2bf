// Figures of several rounds.

export function median(figures) {
  const sorted = figures.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** The median of the ratios of two series, round by round: what both had in common cancels out. */
export function medianRatio(above, below) {
  return median(above.map((figure, round) => figure / below[round]));
}

/** Half of the middle half's width, as a share of the median: how noisy a series is. */
export function spread(figures) {
  const sorted = figures.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.round(share * (sorted.length - 1))];
  return (at(0.75) - at(0.25)) / 2 / median(figures);
}
