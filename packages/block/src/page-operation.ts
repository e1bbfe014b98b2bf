// The operations that wait for their turn at the device: one page read or written.
import { BlockJob } from "@miou-solo5/scheduler/devices";

/** What a scheduled operation needs of its device. */
export interface PageDevice {
  readonly name: string;
  readonly handle: number;
  /** @throws where the device is closed, or belongs to another world than the running task */
  requireUsable(): void;
  /** Both move one page between the device and `page`, now. */
  readPage(position: number, page: Uint8Array, pageOffset: number): void;
  writePage(position: number, page: Uint8Array, pageOffset: number): void;
}

export class PageOperation extends BlockJob {
  readonly #device: PageDevice;
  readonly #verb: "read" | "write";
  readonly #position: number;
  readonly #page: Uint8Array;
  readonly #pageOffset: number;

  constructor(
    device: PageDevice,
    verb: "read" | "write",
    position: number,
    page: Uint8Array,
    pageOffset: number,
  ) {
    super();
    this.#device = device;
    this.#verb = verb;
    this.#position = position;
    this.#page = page;
    this.#pageOffset = pageOffset;
  }

  get what(): string {
    return `${this.#verb} at ${this.#position} of ${this.#device.name}`;
  }

  get handle(): number {
    return this.#device.handle;
  }

  protected override check(): void {
    this.#device.requireUsable();
  }

  protected override execute(): void {
    if (this.#verb === "read") {
      this.#device.readPage(this.#position, this.#page, this.#pageOffset);
    } else {
      this.#device.writePage(this.#position, this.#page, this.#pageOffset);
    }
  }

  protected override copy(): PageOperation {
    return new PageOperation(
      this.#device,
      this.#verb,
      this.#position,
      this.#page,
      this.#pageOffset,
    );
  }
}
