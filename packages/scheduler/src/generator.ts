// Bodies as the engine drives them: generators, by the builtin methods captured once.
import type { Operation, Suspended } from "./operation.ts";

const GeneratorPrototype: Iterator<Suspended, unknown> = Object.getPrototypeOf(
  function* () {},
).prototype;

type Resume = (this: Iterator<Suspended, unknown>) => IteratorResult<Suspended, unknown>;
type Throw = (
  this: Iterator<Suspended, unknown>,
  error: unknown,
) => IteratorResult<Suspended, unknown>;

/** One call site for bodies of every kind: `iterator.next()` would become megamorphic. */
export const nextOf = GeneratorPrototype.next as Resume;

export const throwInto = GeneratorPrototype.throw as unknown as Throw;

/** An operation as a body: one that is no generator can't be driven by `nextOf`. */
export function* delegate<T>(operation: Operation<T>): Generator<Suspended, T, void> {
  return yield* operation;
}

export function isGenerator(value: object): value is Generator<Suspended, unknown, void> {
  return Object.prototype.isPrototypeOf.call(GeneratorPrototype, value);
}

export function isIterable(value: unknown): value is Iterable<unknown> {
  return (
    value !== null &&
    (typeof value === "object" || typeof value === "function") &&
    typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === "function"
  );
}
