// Round trips and their table.

/** What came of sending: one row of the table. */
export interface Row {
  readonly what: string;
  readonly sent: number;
  readonly answered: number;
  /** Milliseconds, one for each answer; empty where single round trips have no meaning. */
  readonly roundTrips: readonly number[];
  readonly remark?: string;
}

/** What came of sending a long text and reading it back. */
export interface Transfer {
  /** Bytes. */
  readonly size: number;
  readonly received: number;
  /** Whether all that came back is what was sent. */
  readonly isSame: boolean;
  /** Seconds, there and back. */
  readonly duration: number;
}

const HEAD = ["", "sent", "answered", "min", "median", "max", ""];

/** Shape: ends with a newline; round trips in milliseconds. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map(({ what, sent, answered, roundTrips, remark = "" }) => {
    const sorted = roundTrips.toSorted((a, b) => a - b);
    const times = [sorted[0], median(sorted), sorted.at(-1)];
    return [what, `${sent}`, `${answered}`, ...times.map(milliseconds), remark];
  });
  const lines = [HEAD, ...cells];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => width(line[column]))));
  return lines
    .map((line) => {
      const padded = line.map((cell, column) => {
        const size = widths[column] as number;
        return column === 0 || column === HEAD.length - 1 ? cell.padEnd(size) : cell.padStart(size);
      });
      return `  ${padded.join("  ")}`.trimEnd();
    })
    .map((line) => `${line}\n`)
    .join("");
}

export function allAnswered(rows: readonly Row[]): boolean {
  return rows.every(({ sent, answered }) => sent > 0 && sent === answered);
}

export function isWhole({ size, received, isSame }: Transfer): boolean {
  return isSame && received === size;
}

/** Shape: ends with a newline. */
export function transferLine(transfer: Transfer): string {
  const { size, received, duration } = transfer;
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  const end = isWhole(transfer)
    ? `every byte as it was sent: ${megabytes(size / duration)} MB/s each way`
    : `${received} bytes came back, or others than were sent`;
  return `  TCP, ${megabytes(size)} MB to the server and back in ${duration.toFixed(2)} s, ${end}\n`;
}

/** The lower of the two in the middle where there are two: a time that was measured. */
function median(sorted: readonly number[]): number | undefined {
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

function milliseconds(value: number | undefined): string {
  return value === undefined ? "-" : `${value.toFixed(3)} ms`;
}

function width(cell: string | undefined): number {
  return cell?.length ?? 0;
}
