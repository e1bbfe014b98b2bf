// Bodies as the engine drives them: generators, by the builtin methods captured once.
import type { Operation, Suspended } from "./operation.ts";

const GeneratorPrototype: Iterator<Suspended, unknown> = Object.getPrototypeOf(
  function* () {},
).prototype;

type Next = (this: Iterator<Suspended, unknown>) => IteratorResult<Suspended, unknown>;
type Throw = (
  this: Iterator<Suspended, unknown>,
  error: unknown,
) => IteratorResult<Suspended, unknown>;

/**
 * Runs a body to its next suspension, or to its end. One call site for bodies of every kind: `iterator.next()` would become
 * megamorphic. The builtin is a constant of a function's own, which V8 calls directly.
 */
export const resume = (() => {
  const next = GeneratorPrototype.next as Next;
  return (body: Iterator<Suspended, unknown>) => next.call(body);
})();

export const throwInto = GeneratorPrototype.throw as unknown as Throw;

/** An operation as a body: one that is no generator can't be driven by `resume`. */
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
