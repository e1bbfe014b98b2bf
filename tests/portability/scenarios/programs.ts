// Programs as they are, booted in a world that is attached, and a client that talks to each through a bad wire.
import { attach, ms, type Suspended, s, sleep, us, withTimeout } from "@miou-solo5/scheduler";
import { goldenTracer } from "@miou-solo5/scheduler/testing";
import { createWorld } from "@miou-solo5/sim";
import { parseAddress, type Stack, tcpip } from "@miou-solo5/tcpip";
import { show } from "../recorder/show.ts";
import { errorName, type Note, type Scenario } from "./scenario.ts";

interface Conversation {
  /** Of the program, as its bundle is called. */
  readonly name: string;
  readonly arguments: readonly string[];
  /** What a client asks it. It is at 10.0.0.2, on the network device "service". */
  ask(ip: Stack, note: Note): Generator<Suspended, void, void>;
}

const CONVERSATIONS: readonly Conversation[] = [
  { name: "echo-server", arguments: ["10.0.0.2/24"], ask: askForEcho },
];

/** In the middle of a conversation. */
const CRASH_AT = ms(45);

export const programs: readonly Scenario[] = CONVERSATIONS.map((conversation) => ({
  name: `the program ${conversation.name}`,
  async run(note, seed, bundled) {
    const world = createWorld({ seed, trace: note });
    const server = world.machine("server", { arguments: conversation.arguments });
    const client = world.machine("client");
    world.wire(server.net("service"), client.net("n"), {
      latency: us(50),
      jitter: us(20),
      loss: 0.05,
      duplication: 0.05,
      reordering: 0.05,
      corruption: 0.05,
    });
    const tracer = goldenTracer(
      () => world.now,
      (line) => note(`server ${line}`),
    );
    const boot = (): void => {
      // The whole program is evaluated again, as on a machine that was switched on.
      const detach = attach(server.solo5, { tracer });
      bundled[conversation.name]?.().catch((error) => note(`program: ${errorName(error)}`));
      detach();
    };
    boot();
    const asked = client.start([tcpip({ device: "n", address: "10.0.0.1/24" })], function* (ip) {
      for (let round = 0; round < 2; round++) {
        try {
          // Who only waits for an answer is not told that the other side crashed.
          yield* withTimeout(s(100), conversation.ask(ip, note));
        } catch (error) {
          note(`round ${round}: ${errorName(error)}`);
        }
      }
    });
    world.at(CRASH_AT, () => server.crash());
    world.at(CRASH_AT + ms(20), boot);
    world.run(s(300));
    note(await asked.result.then(() => "asked everything", errorName));
    note(`console: ${show(server.console)}`);
  },
}));

/** Ping, datagrams and a connection; what is lost is asked for again, or told. */
function* askForEcho(ip: Stack, note: Note): Generator<Suspended, void, void> {
  const address = parseAddress("10.0.0.2");
  for (let i = 0; i < 10; i++) {
    try {
      const { duration } = yield* ip.ping("10.0.0.2", { dataSize: i * 300, timeout: ms(20) });
      note(`ping ${i}: ${duration}`);
    } catch (error) {
      note(`ping ${i}: ${errorName(error)}`);
    }
  }
  const socket = ip.udp.bind(0, { remote: { address, port: 7 } });
  for (let i = 0; i < 10; i++) socket.send(new Uint8Array(i * 100).fill(i));
  yield* sleep(ms(20));
  note(`datagrams: ${show(socket.statistics)}`);
  const connection = yield* ip.tcp.connect({ address, port: 7 });
  yield* connection.write(Uint8Array.from({ length: 5000 }, (_, i) => i * 7));
  connection.shutdown();
  const buffer = new Uint8Array(1000);
  for (let size = 1; size > 0; ) {
    size = yield* connection.read(buffer);
    note(`echoed ${show(buffer.subarray(0, size))}`);
  }
  connection.close();
  note(`${yield* connection.closed()}`);
}
