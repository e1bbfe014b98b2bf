// The command `solo5-node`: from arguments to what they ask for.
import { attachedWorld } from "./attached-world.ts";
import type { RunCommand } from "./command.ts";
import { parseCommandLine } from "./command-line.ts";
import { Interruption } from "./interruption.ts";
import { type Opening, openDevices } from "./open-devices.ts";
import { programFault } from "./program-file.ts";
import { reportFaults, reportWarning, STATUS_FAULT } from "./report.ts";
import { runProgram } from "./run-program.ts";
import { tapCreateFault, tapDeleteFault } from "./tap.ts";
import { USAGE, version } from "./usage.ts";

/**
 * Does what `argv` (without Node and the script) asks for. Settles when that is under way or done; the
 * status is left in `process.exitCode`, and a program ends the process when it has ended.
 *
 * To be called once a process, which it takes over: it listens to signals and to uncaught errors.
 */
export async function solo5Node(argv: readonly string[]): Promise<void> {
  const line = parseCommandLine(argv);
  if (line.kind === "faults") {
    const prepared = prepare(line.sound);
    if (prepared.kind === "open") prepared.host.close();
    refuse([...line.faults, ...(prepared.kind === "faults" ? prepared.faults : [])]);
    return;
  }
  const { command } = line;
  switch (command.kind) {
    case "help":
      process.stdout.write(USAGE);
      return;
    case "version":
      process.stdout.write(`solo5-node ${version()}\n`);
      return;
    case "tap-create":
      return refuseIf(tapCreateFault(command));
    case "tap-delete":
      return refuseIf(tapDeleteFault(command.name));
    case "run":
      return await run(command);
  }
}

async function run(command: RunCommand): Promise<void> {
  const prepared = prepare(command);
  if (prepared.kind === "faults") return refuse(prepared.faults);
  for (const warning of prepared.warnings) reportWarning(warning);
  const interruption = new Interruption((seconds) => {
    const held = world.held.length === 0 ? "" : `, holding ${world.held.join(", ")}`;
    reportWarning(`the program was still cleaning up after ${seconds} s${held}; it was ended`);
  });
  const world = attachedWorld(prepared.host, command.devices, interruption);
  await runProgram(command, world, interruption);
}

/** Looks at the program and opens the devices: everything that can be at fault before it starts. */
function prepare(command: Partial<RunCommand> & Pick<RunCommand, "devices">): Opening {
  const unfit = command.program === undefined ? undefined : programFault(command.program);
  const opening = openDevices(command.devices, command.arguments ?? []);
  if (unfit === undefined) return opening;
  if (opening.kind === "faults") return { kind: "faults", faults: [unfit, ...opening.faults] };
  opening.host.close();
  return { kind: "faults", faults: [unfit] };
}

function refuse(faults: readonly string[]): void {
  reportFaults(faults);
  process.exitCode = STATUS_FAULT;
}

function refuseIf(fault: string | undefined): void {
  if (fault !== undefined) refuse([fault]);
}
