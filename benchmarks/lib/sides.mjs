// Runs one side of a case once, in a process of its own, and gives its sample.
//
// A side is one of
//   (parameters) => sample       a function, run by child.mjs
//   { run, prefix }              the same behind another command, such as `with-tap`
//   { c, words(parameters) }     a C program
//   { command(parameters) }      any command that writes its sample to descriptor 3
// and may have a partner, the other end of its wire (c/partner.c, or the program that its `c` names), which
//   "turns"    hears from the side when to do its part, and answers
//   "after"    starts when the side says that it is ready; what it measures is added to the sample
//   "before"   is ready before the side starts, and ends with it
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { binary } from "./compile.mjs";

const CHILD = fileURLToPath(new URL("child.mjs", import.meta.url));
/** Milliseconds after which a side counts as stuck. Every load is bounded far below. */
const PATIENCE = 60_000;
const TRIES_MAX = 3;
/** Milliseconds before another try. */
const PAUSE = 3000;

/** `enter` are the words in front of the command lines, for those that run inside a namespace. */
export async function runSide(row, side, parameters, enter) {
  for (let tries = 1; ; tries++) {
    try {
      return await runOnce(row, side, parameters, enter);
    } catch (error) {
      // On a busy machine a queue may overflow and a frame be lost, which ends a load of counted frames; or somebody
      // builds the packages anew meanwhile.
      if (tries === TRIES_MAX) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }
}

async function runOnce(row, side, parameters, enter) {
  const words = wordsOf(row, side, parameters);
  const partner = row.partner?.(parameters);
  const running = [];
  const start = (command) => {
    const one = new Side([...enter, ...command]);
    running.push(one);
    return one;
  };
  const startPartner = () => start([binary(partner.c ?? "partner"), ...partner.words]);
  try {
    switch (partner?.when) {
      case undefined:
        return await start(words).sample();
      case "turns": {
        const [own, other] = [start(words), startPartner()];
        own.talkWith(other);
        return await own.sample();
      }
      case "after": {
        const own = start(words);
        await own.ready();
        const other = startPartner();
        const samples = await Promise.all([own.sample(), other.sample()]);
        return Object.assign({}, ...samples);
      }
      case "before":
        await startPartner().ready();
        return await start(words).sample();
    }
  } finally {
    await Promise.all(running.map((one) => one.end()));
  }
}

function wordsOf(row, side, parameters) {
  const definition = row.sides[side];
  if (definition.c !== undefined) return [binary(definition.c), ...definition.words(parameters)];
  if (definition.command !== undefined) return definition.command(parameters);
  const prefix = definition.prefix?.(parameters) ?? [];
  return [
    ...prefix,
    ...[process.execPath, "--expose-gc", CHILD, row.name, side, JSON.stringify(parameters)],
  ];
}

class Side {
  #child;
  #title;
  #ended;
  #errors = "";
  #result = "";
  #isStuck = false;

  constructor(words) {
    const [command, ...rest] = words.map(String);
    this.#title = [command, ...rest].join(" ");
    this.#child = spawn(command, rest, { stdio: ["pipe", "pipe", "pipe", "pipe"] });
    this.#child.stderr.setEncoding("utf8").on("data", (text) => {
      this.#errors += text;
    });
    this.#child.stdio[3].setEncoding("utf8").on("data", (text) => {
      this.#result += text;
    });
    // The other end may be gone before what was said to it.
    this.#child.stdin.on("error", () => {});
    const timer = setTimeout(() => {
      this.#isStuck = true;
      this.#child.kill("SIGKILL");
    }, PATIENCE);
    this.#ended = once(this.#child, "close").finally(() => clearTimeout(timer));
    this.#ended.catch(() => {});
  }

  talkWith(other) {
    this.#child.stdout.pipe(other.#child.stdin);
    other.#child.stdout.pipe(this.#child.stdin);
  }

  /** Waits for the first byte on its standard output. */
  async ready() {
    const first = await Promise.race([once(this.#child.stdout, "data"), this.#ended]);
    if (!Buffer.isBuffer(first[0])) throw this.#failure(first);
  }

  async sample() {
    const ended = await this.#ended;
    if (ended[0] !== 0 || this.#result === "") throw this.#failure(ended);
    return JSON.parse(this.#result);
  }

  async end() {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill("SIGKILL");
    }
    await this.#ended.catch(() => {});
  }

  #failure([status, signal]) {
    const how = this.#isStuck ? `did nothing for ${PATIENCE} ms` : `ended with ${signal ?? status}`;
    return new Error(`${this.#title} ${how}\n${this.#errors}`);
  }
}
