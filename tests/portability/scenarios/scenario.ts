// What runs in both engines. Nothing here, and nothing that it imports, may know a host.

/** Takes a line of what happened, in order. */
export type Note = (line: string) => void;

/** Programs as they are shipped, bundled apart: each is evaluated when it is called, as a boot would. */
export type Programs = Readonly<Record<string, () => Promise<void>>>;

export interface Scenario {
  readonly name: string;
  /** Whatever chance it needs follows from `seed`. */
  run(note: Note, seed: number, programs: Programs): void | Promise<void>;
}

/** What an engine's driver holds while a scenario runs, and reads when no promise is left to settle. */
export interface Progress {
  readonly lines: string[];
  /** False where it waits for something that never comes. */
  hasEnded: boolean;
}

/** Runs `act`; all that is left of an error is what every engine says alike. */
export async function progress(act: (note: Note) => void | Promise<void>, into: Progress) {
  const note = (line: string): void => void into.lines.push(line);
  try {
    await act(note);
  } catch (error) {
    note(`failed: ${errorName(error)}`);
  }
  into.hasEnded = true;
}

/** The code; the program's own words; of what an engine throws by itself only the kind. */
export function errorName(error: unknown): string {
  if (!(error instanceof Error)) return `thrown ${typeof error}`;
  const { code } = error as { code?: unknown };
  if (typeof code === "string") return code;
  return error.name === "Error" ? `Error: ${error.message}` : error.name;
}
