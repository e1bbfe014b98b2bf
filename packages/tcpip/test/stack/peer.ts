// One stack in a run, in virtual time, and a peer played by the test that speaks in single frames.
import { ms, type Operation, type Run } from "@miou-solo5/scheduler";
import { createWorld, type Machine, type NetPort, type World } from "@miou-solo5/sim";
import { type Stack, type TcpipOptions, tcpip } from "../../src/index.ts";
import { type FrameFields, frameOf, tell } from "../frames.ts";

/** The stack is 10.0.0.2/24 at 02:00:00:00:00:02; the peer answers for 10.0.0.1 at 02:00:00:00:00:01, if told to. */
export class Peer {
  readonly world: World = createWorld();
  readonly machine: Machine = this.world.machine("us");
  readonly port: NetPort;
  /** What the stack sent, each with its milliseconds. */
  readonly told: string[] = [];
  /** What the peer does with each frame besides. */
  onFrame: (frame: Uint8Array) => void = () => {};

  constructor(options: { readonly mtu?: number; readonly answersArp?: boolean } = {}) {
    const { answersArp = true, ...rest } = options;
    this.port = this.machine.net("service", { ...rest, mac: Uint8Array.of(2, 0, 0, 0, 0, 2) });
    this.port.send = (frame) => {
      const told = tell(frame);
      if (answersArp && told.endsWith("asks for 10.0.0.1")) {
        this.port.receive(frameOf({ arp: "reply", asks: "10.0.0.2" }));
      } else if (!told.includes("asks for 10.0.0.2")) {
        this.told.push(`${this.world.now / ms(1)} ${told}`);
        this.onFrame(frame);
      }
    };
  }

  start<T>(main: (ip: Stack) => Operation<T>, options: Partial<TcpipOptions> = {}): Run<T> {
    const stack = tcpip({ device: "service", address: "10.0.0.2/24", ...options });
    return this.machine.start([stack], main);
  }

  /** Plans a frame from the peer for a time in milliseconds. */
  at(time: number, frame: FrameFields | Uint8Array): void {
    const bytes = frame instanceof Uint8Array ? frame : frameOf(frame);
    this.world.at(ms(time), () => this.port.receive(bytes.slice()));
  }
}
