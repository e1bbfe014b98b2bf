// What a host tells of its environment, where there is one. Used by test helpers only: a world never looks.

interface HostProcess {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stderr?: { write(text: string): void };
}

type Later = (act: () => void) => unknown;

// Taken once: a test may put timers of its own in their place, which never fire by themselves.
const { setImmediate, setTimeout } = globalThis as { setImmediate?: Later; setTimeout?: Later };
const later = setImmediate ?? setTimeout;

function hostProcess(): HostProcess | undefined {
  return (globalThis as { process?: HostProcess }).process;
}

/** The variable's value; undefined where it is not set or there are none. */
export function environment(name: string): string | undefined {
  return hostProcess()?.env?.[name];
}

/** Shows `text` to whoever waits at the terminal, if there is one. */
export function showProgress(text: string): void {
  hostProcess()?.stderr?.write(text);
}

/** Lets the host's own events happen, where it has any. */
export async function hostTurn(): Promise<void> {
  if (later !== undefined) await new Promise<void>((resolve) => void later(resolve));
}
