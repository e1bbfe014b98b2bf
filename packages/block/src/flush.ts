// Making written pages durable.
import {
  type Operation,
  type Solo5,
  type Suspended,
  shield,
  signal,
  suspend,
  syscall,
} from "@miou-solo5/scheduler";
import { active } from "@miou-solo5/scheduler/devices";
import { BlockError } from "./errors.ts";

/** What a flush needs of its device. */
export interface FlushedDevice {
  readonly name: string;
  readonly handle: number;
  readonly solo5: Solo5;
  requireUsable(): void;
  /** Does the writes that are queued now, in order. */
  finishWrites(): void;
}

/**
 * An operation that ends when all writes before it are on stable storage. The world can't take it
 * back, so a cancelled task waits for its end.
 */
export function flushOperation(device: FlushedDevice): Operation<void> {
  return { [Symbol.iterator]: () => flush(device) };
}

function* flush(device: FlushedDevice): Generator<Suspended, void, void> {
  device.requireUsable();
  const { solo5, handle } = device;
  if (solo5.blockFlush === undefined) {
    throw new BlockError(
      "ERR_SOLO5_NOT_SUPPORTED",
      device.name,
      "this world can't flush: it makes no promise about durability",
    );
  }
  device.finishWrites();
  if (active.engine?.driver === "blocking" && solo5.blockFlushNow !== undefined) {
    // The thread is blocked anyway, and nobody would call `done`.
    solo5.blockFlushNow(handle);
    return;
  }
  const done = syscall<Error | null>();
  const error = yield* shield(
    suspend(done, {
      external: "world",
      what: `flush of ${device.name}`,
      register: () => {
        solo5.blockFlush?.(handle, (failure) => signal(done, failure));
        return undefined;
      },
    }),
  );
  if (error !== null) throw error;
}
