// Places in a program, as stack traces tell them: without the frames of these packages. Captured in
// debug mode only, because a stack costs microseconds.

/** Frames looked at; those of these packages and nested `yield*` take many. */
const DEPTH_MAX = 50;
/** Frames that a report or an error shows of one place. */
const FRAMES_SHOWN_MAX = 4;

/** What ends a task's part of a stack: the function of ours that resumed the task. */
const RESUMED_BY = /^(?:\w+\.)?(?:#step|unwindBody)\b/;

/** Where something was done: the call is the constructor's. */
export class Site {
  // Engines that can defer it build the text only when somebody looks.
  #captured: { readonly stack?: string } | null = captured();
  #frames: readonly string[] = [];
  #constructing: readonly string[] = [];

  /** The program's frames, innermost first, as in `main (file:///app/main.mjs:5:12)`. */
  get frames(): readonly string[] {
    this.#look();
    return this.#frames;
  }

  /** The classes of our packages that were under construction there, innermost first. */
  get constructing(): readonly string[] {
    this.#look();
    return this.#constructing;
  }

  #look(): void {
    if (this.#captured === null) return;
    const { stack } = this.#captured;
    this.#captured = null;
    this.#frames = programFrames(stack);
    this.#constructing = constructedClasses(stack);
  }
}

function captured(): { readonly stack?: string } {
  const limited = Error as { stackTraceLimit?: number };
  const limit = limited.stackTraceLimit;
  if (limit === undefined) return new Error();
  limited.stackTraceLimit = DEPTH_MAX;
  const error = new Error();
  limited.stackTraceLimit = limit;
  return error;
}

/** A stack without what lies below the task's own frames: the scheduler and its driver. */
export function ownPart(stack: string): string {
  const lines = stack.split("\n");
  const [last] = programFrames(stack).slice(-1);
  const end = lines.findLastIndex((line) => frameOf(line) === last);
  return end < 0 ? stack : lines.slice(0, end + 1).join("\n");
}

/** Frames as the lines of a stack. */
export function indented(frames: readonly string[], indentation = ""): string[] {
  return frames.slice(0, FRAMES_SHOWN_MAX).map((frame) => `${indentation}    at ${frame}`);
}

/** The frames of a stack that are the running task's own. */
export function programFrames(stack: string | undefined): readonly string[] {
  const frames: string[] = [];
  for (const line of stack?.split("\n") ?? []) {
    const frame = frameOf(line);
    if (frame === null) continue;
    if (RESUMED_BY.test(frame) && OURS?.test(frame) !== false) break;
    if (OURS?.test(frame) !== true && !isHosts(frame)) frames.push(frame);
  }
  return frames;
}

function constructedClasses(stack: string | undefined): string[] {
  const ours = stack?.split("\n").filter((line) => OURS?.test(line) === true) ?? [];
  const classes = ours.flatMap((line) => /^\s+at new (\w+)/.exec(line)?.[1] ?? []);
  return classes.filter((name) => name !== Site.name);
}

/** A frame without what engines put around it; null where the line is none. */
function frameOf(line: string): string | null {
  const [, after] = /^\s+at (.+)$/.exec(line) ?? [];
  // Bodies are called as a property of their task, which says nothing.
  if (after !== undefined) return after.replace(/^\w+\.(.*) \[as body\]/, "$1");
  // Engines of another family: name@place.
  return /^[^\s@]*@.+:\d+$/.test(line) ? line : null;
}

function isHosts(frame: string): boolean {
  return /<anonymous>\)?$|\bnative\b|node:/.test(frame);
}

const OURS = ourFolders((import.meta as { readonly url?: string }).url);

/** These packages beside each other, installed or in their repository; null inside a bundle. */
function ourFolders(url: string | undefined): RegExp | null {
  const [, home] = /^(?:file:\/\/)?(.*\/)scheduler\/(?:src|dist)\/[^/]+$/.exec(url ?? "") ?? [];
  if (home === undefined) return null;
  return new RegExp(`${home.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}[^/]+/(?:src|dist)/`);
}
