// What a host tells of its environment, where there is one. Used by test helpers only: a world never looks.

interface HostProcess {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stderr?: { write(text: string): void };
}

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
