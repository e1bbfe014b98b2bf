// What the compiler infers and refuses. Each `@ts-expect-error` is itself an error where the
// compiler finds nothing to refuse; `npm run typecheck` compiles this file, and the test below
// compiles it under two more sets of platform types.
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, expectTypeOf, test } from "vitest";
import {
  awaitAll,
  awaitOne,
  constant,
  type Device,
  map,
  type Operation,
  type Outcome,
  own,
  race,
  run,
  runSync,
  shield,
  sleep,
  spawn,
  suspend,
  syscall,
  type Task,
  until,
  withTimeout,
  yieldNow,
} from "../src/index.ts";

/** Compiled, never called: what a program may and may not say. */
export function programs(): void {
  const device = {} as Device<Map<string, number>>;

  run([device, constant("text" as const)], function* (map, text) {
    expectTypeOf(map).toEqualTypeOf<Map<string, number>>();
    expectTypeOf(text).toEqualTypeOf<"text">();

    const task = spawn(function* () {
      yield* sleep(1);
      return 42;
    });
    expectTypeOf(task).toEqualTypeOf<Task<number>>();
    expectTypeOf(yield* task).toEqualTypeOf<number>();
    expectTypeOf(yield* task.result()).toEqualTypeOf<Outcome<number>>();
    expectTypeOf(yield* task.cancel()).toEqualTypeOf<void>();
    expectTypeOf(yield* shield(task)).toEqualTypeOf<number>();
    expectTypeOf(yield* withTimeout(5, task)).toEqualTypeOf<number>();
    expectTypeOf(yield* until(Promise.resolve("x"))).toEqualTypeOf<string>();
    expectTypeOf(yield* suspend(syscall<boolean>())).toEqualTypeOf<boolean>();
    expectTypeOf(yield* spawn(() => sleep(1))).toEqualTypeOf<void>();

    const endless = spawn(function* () {
      for (;;) yield* yieldNow();
    });
    expectTypeOf(endless).toEqualTypeOf<Task<never>>();

    const name = spawn(function* () {
      return "name" as string;
    });
    expectTypeOf(yield* awaitAll([task, name])).toEqualTypeOf<[Outcome<number>, Outcome<string>]>();
    expectTypeOf(yield* awaitOne([task, name])).toEqualTypeOf<number | string>();
    expectTypeOf(yield* race([task, endless])).toEqualTypeOf<number>();
    const many: Task<number>[] = [];
    expectTypeOf(yield* awaitAll(many)).toEqualTypeOf<Outcome<number>[]>();

    const file = own({ close: () => {} }, (owned) => owned.close());
    expectTypeOf(file).toEqualTypeOf<{ close: () => void }>();
    return task;
  }).then((value) => expectTypeOf(value).toEqualTypeOf<Task<number>>());

  const doubled = map([constant(2)], function* (n) {
    yield* sleep(1);
    return n * 2;
  });
  expectTypeOf(doubled).toEqualTypeOf<Device<number>>();

  expectTypeOf(runSync([], () => sleep(1))).toEqualTypeOf<void>();

  // A generator is an operation of what it returns.
  function* helper() {
    return yield* until(Promise.resolve(5));
  }
  const operation: Operation<number> = helper();
  expectTypeOf(operation).toEqualTypeOf<Operation<number>>();

  // @ts-expect-error a yield without its star
  spawn(function* () {
    yield sleep(1);
  });

  // @ts-expect-error an iterable that is no operation
  spawn(function* () {
    yield* [1];
  });

  // @ts-expect-error a yield of a promise
  spawn(function* () {
    yield Promise.resolve();
  });

  // @ts-expect-error an async body
  spawn(async () => {});

  // @ts-expect-error a body that is no function*
  spawn(() => 5);

  // @ts-expect-error an async main
  run([], async () => {});

  // @ts-expect-error main takes a number, the device gives text
  run([constant("text")], function* (value: number) {
    yield* sleep(value);
  });

  // @ts-expect-error main wants two values, one device gives one
  run([constant("text")], function* (value: string, another: string) {
    yield* sleep(value.length + another.length);
  });

  // @ts-expect-error operations are no tasks
  awaitAll([sleep(1)]);

  // @ts-expect-error a duration is a number of nanoseconds
  sleep("1s");

  // @ts-expect-error a resource is an object
  own(5);
}

const UNTIL = `
  import { until } from "@miou-solo5/scheduler";
  declare function get(url: string, options: { signal: AbortSignal }): Promise<{ ok: boolean }>;
  export function* page() {
    const { ok } = yield* until((signal) => get("https://example.org", { signal }));
    const answer: boolean = ok;
    return answer;
  }
`;

const UNTIL_FETCH = `
  import { until } from "@miou-solo5/scheduler";
  export function* page() {
    const response = yield* until((signal) => fetch("https://example.org", { signal }));
    const status: number = response.status;
    return status;
  }
`;

const UNTIL_BARE = `
  import { until } from "@miou-solo5/scheduler";
  export function* page() {
    return yield* until((signal) => {
      const aborted: boolean = signal.aborted;
      return Promise.resolve(aborted);
    });
  }
`;

const platforms: [name: string, program: string, options: ts.CompilerOptions][] = [
  [
    "with DOM types, fetch takes the signal",
    UNTIL_FETCH,
    { lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.esnext.disposable.d.ts"], types: [] },
  ],
  ["with Node's types, fetch takes the signal", UNTIL_FETCH, { types: ["node"] }],
  ["with Node's types, AbortSignal is the signal", UNTIL, { types: ["node"] }],
  ["without platform types, the signal still tells", UNTIL_BARE, { types: [] }],
];

for (const [index, [name, program, options]] of platforms.entries()) {
  test(`until: ${name}`, { timeout: 60_000 }, () => {
    const folder = new URL("../test-results/types/", import.meta.url);
    mkdirSync(folder, { recursive: true });
    const file = fileURLToPath(new URL(`program-${index}.ts`, folder));
    writeFileSync(file, program);
    const config = fileURLToPath(new URL("../tsconfig.json", import.meta.url));
    const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined };
    const parsed = ts.getParsedCommandLineOfConfigFile(config, { noEmit: true }, host);
    const compiled = ts.createProgram([file], { ...parsed?.options, ...options });
    const messages = ts
      .getPreEmitDiagnostics(compiled)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "));
    expect(messages).toEqual([]);
  });
}
