// Stands in for vitest in the bundle: tests of packages run in any engine, and tell instead of checking. Every value that
// a test expects something of is noted, so that two engines can be compared by what they noted. Whether the
// values are right is checked where vitest itself runs the test.
import { errorName, type Note } from "../scenarios/scenario.ts";
import { show } from "./show.ts";

type Body = (...args: unknown[]) => unknown;
type Define = (title: string, ...rest: unknown[]) => void;

interface Registered {
  readonly title: string;
  readonly body: () => unknown;
}

let registered: Registered[] = [];
let before: Body[] = [];
let after: Body[] = [];
let note: Note = () => {};

/** Hears what the test that runs has to tell. */
export function noteLine(line: string): void {
  note(line);
}

/**
 * Evaluates a file of tests, and then runs these one after the other. One that needs a host fails, and is noted so:
 * `FAILED ReferenceError`.
 */
export async function runTests(load: () => Promise<unknown>, write: Note): Promise<void> {
  registered = [];
  before = [];
  after = [];
  note = write;
  await load();
  for (const { title, body } of registered) {
    note(`# ${title}`);
    try {
      for (const act of before) await act();
      await body();
    } catch (error) {
      note(`FAILED ${errorName(error)}`);
    }
    for (const act of after) await act();
  }
}

function bodyOf(rest: readonly unknown[]): Body {
  return (rest.find((one) => typeof one === "function") ?? (() => {})) as Body;
}

/** `each` in both of its forms: rows that are lists are spread. */
function each(define: (title: string, body: Body, row: readonly unknown[]) => void) {
  return (rows: readonly unknown[]): Define =>
    (title, ...rest) => {
      rows.forEach((row, i) => {
        define(`${title} (${i})`, bodyOf(rest), Array.isArray(row) ? row : [row]);
      });
    };
}

const defineTest: Define = (title, ...rest) => {
  registered.push({ title, body: bodyOf(rest) });
};
const skip: Define = () => {};

export const test = Object.assign(defineTest, {
  each: each((title, body, row) => void registered.push({ title, body: () => body(...row) })),
  skip,
  skipIf: (condition: unknown) => (condition ? skip : defineTest),
  runIf: (condition: unknown) => (condition ? defineTest : skip),
});
export const it = test;

const defineGroup: Define = (title, ...rest) => group(title, bodyOf(rest), []);

function group(title: string, body: Body, row: readonly unknown[]): void {
  const outer = registered;
  registered = [];
  body(...row);
  const inner = registered;
  registered = outer;
  for (const one of inner) registered.push({ ...one, title: `${title} > ${one.title}` });
}

export const describe = Object.assign(defineGroup, {
  each: each(group),
  skip,
  skipIf: (condition: unknown) => (condition ? skip : defineGroup),
  runIf: (condition: unknown) => (condition ? defineGroup : skip),
});

export const beforeEach = (act: Body): void => void before.push(act);
export const afterEach = (act: Body): void => void after.push(act);

function checked(actual: unknown): unknown {
  note(show(actual));
  return matchers(actual);
}

function matchers(actual: unknown): unknown {
  return new Proxy(
    {},
    {
      get: (_, name) => {
        if (name === "then") return undefined;
        if (name === "not") return matchers(actual);
        if (name === "rejects" || name === "resolves") return settled(actual);
        return () => {
          if (typeof actual === "function" && String(name).startsWith("toThrow")) called(actual);
        };
      },
    },
  );
}

function called(act: unknown): void {
  try {
    note(`gave ${show((act as () => unknown)())}`);
  } catch (error) {
    note(`threw ${errorName(error)}`);
  }
}

/** Every matcher behind `rejects` or `resolves`: waits, and notes how the promise settled. */
function settled(actual: unknown): unknown {
  const outcome = async (): Promise<void> => {
    try {
      note(`settled with ${show(await (typeof actual === "function" ? actual() : actual))}`);
    } catch (error) {
      note(`rejected with ${errorName(error)}`);
    }
  };
  return new Proxy(
    {},
    {
      get: (_, name) =>
        name === "then" ? undefined : name === "not" ? settled(actual) : () => outcome(),
    },
  );
}

const unreachable = (): never => {
  throw new Error("unreachable");
};

/** `expect(x)` notes x; `expect.anything()` and its like are nothing. */
export const expect = new Proxy(checked, {
  get: (_, name) => (name === "unreachable" ? unreachable : () => "matched"),
});
