// Lists of devices: acquiring them all, and building one out of others.
import { active, outsideTask } from "./active.ts";
import { Cancelled, SchedulerError } from "./errors.ts";
import type { Device, DeviceValues, Operation, Suspended } from "./operation.ts";
import type { DeviceName } from "./solo5.ts";

/**
 * A device made of others: `make` gets their values, runs in the root task, and may suspend and
 * spawn tasks, which live until main has ended. If one of them fails, main is cancelled and the run fails with
 * ERR_SOLO5_DEVICE_TASK_FAILED.
 */
export function map<const D extends readonly Device<unknown>[], T>(
  devices: D,
  make: (...values: DeviceValues<D>) => Operation<T>,
): Device<T> {
  checkDevices("map", devices);
  checkFunction("map", "make", make);
  return {
    names: devices.flatMap((device) => device.names),
    acquire: () => acquireMapped(devices, make),
  };
}

/** A device that needs none: gives `value`. */
export function constant<T>(value: T): Device<T> {
  return { names: [], acquire: () => giveConstant(value) };
}

/**
 * For those who write devices: `close` runs when the run ends, after all tasks have ended, the
 * latest registered first. To be called in `acquire`.
 *
 * @throws {SchedulerError} ERR_SOLO5_OUTSIDE_TASK
 */
export function closeAtEnd(close: () => void): void {
  if (active.engine === null) throw outsideTask("closeAtEnd");
  active.engine.closers.push(close);
}

/**
 * Acquires all, in order, also after one has failed, so that all failures are known at once.
 *
 * @throws {SchedulerError} ERR_SOLO5_DEVICES with `errors`
 */
export function* acquireAll<D extends readonly Device<unknown>[]>(
  devices: D,
): Generator<Suspended, DeviceValues<D>, void> {
  const values: unknown[] = [];
  const errors: unknown[] = [];
  for (const device of devices) {
    try {
      values.push(yield* device.acquire());
    } catch (error) {
      if (error instanceof Cancelled || active.engine?.fatal) throw error;
      if (error instanceof SchedulerError && error.code === "ERR_SOLO5_DEVICES") {
        errors.push(...(error.errors ?? []));
      } else {
        errors.push(error);
      }
    }
  }
  if (errors.length === 0) return values as DeviceValues<D>;
  throw new SchedulerError(
    "ERR_SOLO5_DEVICES",
    `${errors.length === 1 ? "a device" : `${errors.length} devices`} could not be acquired:\n${errors
      .map((error) => `  ${error instanceof Error ? error.message : String(error)}`)
      .join("\n")}`,
    { errors, ...(errors.length === 1 ? { cause: errors[0] } : {}) },
  );
}

/** Refuses what is no list of devices, and one that names a device twice. */
export function checkDevices(verb: string, devices: readonly Device<unknown>[]): DeviceName[] {
  if (!Array.isArray(devices) || !devices.every(isDevice)) {
    throw new SchedulerError(
      "ERR_SOLO5_INVALID_ARGUMENT",
      `${verb}: the first argument must be an array of devices, as in [net("service"), block("disk")]`,
    );
  }
  const names = devices.flatMap((device) => device.names);
  const seen = new Set<string>();
  for (const { name } of names) {
    if (seen.has(name)) {
      throw new SchedulerError(
        "ERR_SOLO5_DUPLICATE_DEVICE",
        `${verb}: device "${name}" is listed twice; list it once and share what it gives`,
      );
    }
    seen.add(name);
  }
  return names;
}

export function checkFunction(verb: string, what: string, value: unknown): void {
  if (typeof value === "function") return;
  throw new SchedulerError(
    "ERR_SOLO5_INVALID_ARGUMENT",
    `${verb}: ${what} must be a function* or a function that returns an operation, got ${typeof value}`,
  );
}

function isDevice(value: unknown): value is Device<unknown> {
  const device = value as Partial<Device<unknown>> | null;
  return typeof device?.acquire === "function" && Array.isArray(device.names);
}

function* acquireMapped<D extends readonly Device<unknown>[], T>(
  devices: D,
  make: (...values: DeviceValues<D>) => Operation<T>,
): Generator<Suspended, T, void> {
  return yield* make(...(yield* acquireAll(devices)));
}

function* giveConstant<T>(value: T): Generator<Suspended, T, void> {
  return value;
}
