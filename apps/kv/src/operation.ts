// Operations out of generators: values that can be stored, shared and done again.
import type { Operation, OpIterator } from "miou-solo5";

export function operation<T>(act: () => OpIterator<T>): Operation<T> {
  return { [Symbol.iterator]: act };
}
