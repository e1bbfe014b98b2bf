// Faults of wires, between a program and any world: the same before a simulated machine and a real TAP interface.
import { ETHERNET_HEADER_SIZE, type ReadySet, type Solo5, type Wait } from "@miou-solo5/scheduler";
import { delegate } from "./delegate.ts";
import { FaultyNet } from "./faulty-net.ts";
import { Wire, type WireOptions } from "./wire.ts";

const ALL_BITS = 0xffff_ffff;

/**
 * The world `solo5`, whose network devices of these names have a wire's faults before them:
 * `{ service: { loss: 0.01, latency: ms(5), seed: 1 } }`. Give a `Wire` instead of options to change
 * them later and to see what they did: `forth` is what the program sends, `back` what it receives.
 *
 * Frames move one by one: the batch calls, which are optional, are not there. Other devices, and all other calls,
 * are the world's own.
 * @throws {SimError} ERR_SOLO5_INVALID_ARGUMENT for options that make no sense
 */
export function withNetFaults(
  solo5: Solo5,
  devices: Readonly<Record<string, Wire | WireOptions>>,
): Solo5 {
  const wires = new Map<string, Wire>();
  for (const [name, given] of Object.entries(devices)) {
    wires.set(name, given instanceof Wire ? given : new Wire({ name, ...given }));
  }
  const faulty = new Map<number, FaultyNet>();
  const { netReadBatch, netReadSlots, netWriteBatch, ...inner } = delegate(solo5);
  const waiting = new FaultyWaiting(solo5, faulty);
  return {
    ...inner,
    netAcquire: (name) => {
      const info = solo5.netAcquire(name);
      const wire = wires.get(name);
      const { handle, mtu } = info;
      if (wire !== undefined) {
        const device = { handle, frameSizeMax: mtu + ETHERNET_HEADER_SIZE, onDue: waiting.dueCame };
        faulty.set(handle, new FaultyNet(solo5, wire, device));
      }
      return info;
    },
    netRelease: (handle) => {
      faulty.get(handle)?.finish();
      faulty.delete(handle);
      solo5.netRelease(handle);
    },
    netRead: (handle, into, offset, size) =>
      faulty.get(handle)?.read(into, offset, size) ?? solo5.netRead(handle, into, offset, size),
    netWrite: (handle, from, offset, size) => {
      const device = faulty.get(handle);
      if (device === undefined) solo5.netWrite(handle, from, offset, size);
      else device.write(from, offset, size);
    },
    yield: (deadline, ready, interest) => waiting.yield(deadline, ready, interest),
    wait: (deadline, wake, interest) => waiting.wait(deadline, wake, interest),
  };
}

/** Waits in the world beneath for its input and for frames that are due, whichever is first. */
class FaultyWaiting {
  readonly #solo5: Solo5;
  readonly #devices: ReadonlyMap<number, FaultyNet>;
  /** Begins the wait that is under way anew. */
  #rearm: (() => void) | null = null;
  /** Whoever pumps looks at what is due itself. */
  #isPumping = false;

  constructor(solo5: Solo5, devices: ReadonlyMap<number, FaultyNet>) {
    this.#solo5 = solo5;
    this.#devices = devices;
  }

  yield(deadline: number, ready: ReadySet, interest?: ReadySet): void {
    try {
      this.#yield(deadline, ready, interest);
    } finally {
      // A yield beside a wait took in frames that the world beneath will not wake the wait for.
      this.dueCame();
    }
  }

  #yield(deadline: number, ready: ReadySet, interest?: ReadySet): void {
    const beneath = new Uint32Array(2);
    for (;;) {
      this.#pump();
      // Never blocks beneath while something is due here: the poll then only asks the other devices.
      const due = this.#hasInput(interest) ? 0 : Math.min(deadline, this.#nextDue(interest));
      this.#solo5.yield(due, beneath, this.#interest(interest));
      this.#pump();
      this.#fill(ready, beneath, interest);
      if (ready[0] !== 0 || ready[1] !== 0 || this.#solo5.clockMonotonic() >= deadline) return;
    }
  }

  wait(deadline: number, wake: () => void, interest?: ReadySet): Wait {
    const wanted = interest === undefined ? undefined : Uint32Array.from(interest);
    const end = (): void => {
      this.#rearm = null;
      wake();
    };
    const again = (): void => {
      try {
        if (this.#mustWake(deadline, wanted)) end();
        else inner = this.#begin(deadline, again, wanted);
      } catch {
        // A world that fails here fails in the program's next call as well, where it can be told.
        end();
      }
    };
    // The world beneath is to refuse what is no function, and a second wait, as it does.
    let inner = this.#begin(deadline, typeof wake === "function" ? again : wake, wanted);
    const rearm = (): void => {
      inner.cancel();
      inner = this.#begin(deadline, again, wanted);
    };
    this.#rearm = rearm;
    return {
      cancel: () => {
        if (this.#rearm !== rearm) return;
        this.#rearm = null;
        inner.cancel();
      },
    };
  }

  /** A frame was put off while a wait is under way: that must end no later than the frame is due. */
  readonly dueCame = (): void => {
    if (!this.#isPumping) this.#rearm?.();
  };

  #begin(deadline: number, wake: () => void, interest: ReadySet | undefined): Wait {
    this.#pump();
    const due = this.#hasInput(interest)
      ? Math.min(deadline, this.#solo5.clockMonotonic())
      : Math.min(deadline, this.#nextDue(interest));
    return this.#solo5.wait(due, wake, this.#interest(interest));
  }

  #mustWake(deadline: number, interest: ReadySet | undefined): boolean {
    const ready = new Uint32Array(2);
    const beneath = new Uint32Array(2);
    this.#solo5.yield(0, beneath, this.#interest(interest));
    this.#pump();
    this.#fill(ready, beneath, interest);
    return ready[0] !== 0 || ready[1] !== 0 || this.#solo5.clockMonotonic() >= deadline;
  }

  #pump(): void {
    const now = this.#solo5.clockMonotonic();
    this.#isPumping = true;
    for (const device of this.#devices.values()) device.pump(now);
    this.#isPumping = false;
  }

  #hasInput(interest: ReadySet | undefined): boolean {
    const now = this.#solo5.clockMonotonic();
    return [...this.#devices.values()].some(
      (device) => isOf(interest, device.handle) && device.hasInput(now),
    );
  }

  #nextDue(interest: ReadySet | undefined): number {
    let due = Infinity;
    for (const device of this.#devices.values()) {
      due = Math.min(due, device.nextDue(isOf(interest, device.handle)));
    }
    return due;
  }

  /** What matters beneath: not a device whose frames can't be taken in now. */
  #interest(interest: ReadySet | undefined): ReadySet {
    const words = Uint32Array.of(interest?.[0] ?? ALL_BITS, interest?.[1] ?? ALL_BITS);
    for (const { handle, hasRoom } of this.#devices.values()) {
      if (!hasRoom) setBit(words, handle, false);
    }
    return words;
  }

  /** Of devices with faults only what is due counts; of the others what the world said. */
  #fill(ready: ReadySet, beneath: ReadySet, interest: ReadySet | undefined): void {
    const now = this.#solo5.clockMonotonic();
    ready.set(beneath);
    for (const device of this.#devices.values()) {
      const { handle } = device;
      setBit(ready, handle, isOf(interest, handle) && device.hasInput(now));
    }
  }
}

function isOf(set: ReadySet | undefined, handle: number): boolean {
  return set === undefined || ((set[handle >> 5] ?? 0) & (1 << (handle & 31))) !== 0;
}

function setBit(set: ReadySet, handle: number, on: boolean): void {
  const word = handle >> 5;
  const bit = 1 << (handle & 31);
  set[word] = on ? (set[word] ?? 0) | bit : (set[word] ?? 0) & ~bit;
}
