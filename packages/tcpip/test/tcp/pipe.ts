// Two connections over a link that loses, doubles, delays and damages segments, in virtual time. Everything follows
// from one seed.
import { Connection, type TcpOptions, tcpSettings } from "../../src/tcp.ts";
import {
  ACK,
  isSealed,
  parseSegment,
  RST,
  Segment,
  SYN,
  sealSegment,
  writeTcpHeader,
} from "../../src/wire.ts";
import { byteAt } from "./script.ts";

const ROOM = 1480;
/** A link that is given up after this: a stall. */
const TIME_MAX = 100 * 3600 * 1e9;
const PSEUDO_HEADER = 0x1234;

export interface Link {
  /** Chances from 0 to 1, of each segment in each direction. */
  readonly loss: number;
  readonly duplication: number;
  readonly corruption: number;
  readonly reordering: number;
  /** Nanoseconds from one end to the other. */
  readonly latency: number;
  /** Nanoseconds that each byte takes; 0 for none. */
  readonly byteDuration: number;
  /** Segments that wait to be sent, beyond which more are lost. */
  readonly queueMax: number;
}

export const PERFECT: Link = {
  loss: 0,
  duplication: 0,
  corruption: 0,
  reordering: 0,
  latency: 10e6,
  byteDuration: 0,
  queueMax: Infinity,
};

export interface Transfer {
  readonly seed: number;
  readonly link: Link;
  readonly client: TcpOptions;
  readonly server: TcpOptions;
  /** Bytes from the client to the server. */
  readonly up: number;
  readonly down: number;
  /** How long a program takes before it reads what has come; 0 for none. */
  readonly readDelay?: number;
}

export interface Report {
  /** Nanoseconds until both ends had everything. */
  readonly time: number;
  readonly segments: number;
  readonly lost: number;
  readonly client: string;
  readonly server: string;
}

/** Numbers from 0 to 1 that follow from the seed. */
export function randomFrom(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 0;
  return () => {
    // Xorshift after a Weyl step: enough for chances.
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Sends the bytes, checks each, closes both ends, and throws where anything is not as it must be. */
export function transfer(options: Transfer): Report {
  const run = new Run(options);
  return run.toEnd();
}

interface Flying {
  readonly time: number;
  readonly order: number;
  readonly to: "client" | "server";
  readonly bytes: Uint8Array;
}

/** A program at one end: writes its stream, checks what it reads, shuts down when all is written. */
class End {
  connection: Connection | null = null;
  written = 0;
  got = 0;
  readAt = Infinity;
  /** When the link has sent what waits for it. */
  linkFreeAt = 0;
  readonly name: "client" | "server";
  readonly toWrite: number;
  readonly toGet: number;
  readonly chunk = new Uint8Array(5000);

  constructor(name: "client" | "server", toWrite: number, toGet: number) {
    this.name = name;
    this.toWrite = toWrite;
    this.toGet = toGet;
  }

  get hasAll(): boolean {
    return this.got === this.toGet && this.connection?.isEnd === true;
  }

  write(random: () => number): void {
    const { connection } = this;
    if (connection === null || connection.state === "CLOSED") return;
    while (this.written < this.toWrite && connection.writable > 0) {
      const size = Math.min(1 + Math.floor(random() * 5000), this.toWrite - this.written);
      for (let i = 0; i < size; i++) this.chunk[i] = byteAt(this.written + i);
      const taken = connection.send(this.chunk, 0, size);
      this.written += taken;
    }
    if (this.written === this.toWrite) connection.shutdown();
  }

  read(): void {
    const { connection } = this;
    if (connection === null) return;
    for (;;) {
      const count = connection.receive(this.chunk);
      if (count === 0) return;
      for (let i = 0; i < count; i++) {
        if (this.chunk[i] !== byteAt(this.got + i)) {
          throw new Error(`${this.name}: byte ${this.got + i} is wrong`);
        }
      }
      this.got += count;
      if (this.got > this.toGet) throw new Error(`${this.name}: more came than was sent`);
    }
  }
}

class Run {
  readonly #options: Transfer;
  readonly #random: () => number;
  readonly #client: End;
  readonly #server: End;
  readonly #segment = new Segment();
  #flying: Flying[] = [];
  #order = 0;
  #now = 0;
  #segments = 0;
  #lost = 0;

  constructor(options: Transfer) {
    this.#options = options;
    this.#random = randomFrom(options.seed);
    this.#client = new End("client", options.up, options.down);
    this.#server = new End("server", options.down, options.up);
    this.#client.connection = Connection.open(tcpSettings(options.client), this.#ends(1, 2), 0);
  }

  toEnd(): Report {
    const [client, server] = [this.#client, this.#server];
    let doneAt = 0;
    this.#serve(client);
    while (!(isOver(client) && isOver(server))) {
      this.#step();
      if (doneAt === 0 && client.hasAll && server.hasAll) doneAt = this.#now;
      if (this.#now > TIME_MAX) throw new Error(`it hangs: ${this.#describe()}`);
    }
    if (!client.hasAll || !server.hasAll) throw new Error(`it ended early: ${this.#describe()}`);
    return {
      time: doneAt,
      segments: this.#segments,
      lost: this.#lost,
      client: String(client.connection?.ending),
      server: String(server.connection?.ending),
    };
  }

  #describe(): string {
    return [this.#client, this.#server]
      .map(({ name, connection, written, got }) => {
        const state = `${connection?.state} ${connection?.ending}`;
        return `${name} ${state}, ${written} written, ${got} got, ${JSON.stringify(connection?.flow)}, deadline ${connection?.deadline}`;
      })
      .join("; ");
  }

  #ends(localHost: number, remoteHost: number) {
    const isClient = localHost === 1;
    return {
      localHost,
      localPort: isClient ? 50_000 : 7,
      remoteHost,
      remotePort: isClient ? 7 : 50_000,
      initialSequence: Math.floor(this.#random() * 2 ** 32) | 0,
      timestampOffset: Math.floor(this.#random() * 2 ** 32) | 0,
    };
  }

  #step(): void {
    const next = this.#flying[0];
    const times = [this.#client, this.#server].flatMap((end) => [
      end.connection?.deadline ?? Infinity,
      end.readAt,
    ]);
    const time = Math.min(next?.time ?? Infinity, ...times);
    if (time === Infinity) throw new Error(`nothing will ever happen: ${this.#describe()}`);
    this.#now = Math.max(this.#now, time);
    if (next !== undefined && next.time <= this.#now) {
      this.#flying.shift();
      this.#arrive(next);
    }
    for (const end of [this.#client, this.#server]) {
      if (end.readAt <= this.#now) {
        end.readAt = Infinity;
        end.read();
      }
      if (end.connection !== null && end.connection.deadline <= this.#now) {
        end.connection.timerExpired(this.#now);
      }
      this.#serve(end);
    }
  }

  #arrive({ to, bytes }: Flying): void {
    if (!isSealed(bytes, 0, bytes.length, PSEUDO_HEADER)) return;
    const segment = this.#segment;
    if (!parseSegment(bytes, 0, bytes.length, segment)) throw new Error("a segment is none");
    const end = to === "client" ? this.#client : this.#server;
    if (end.connection === null) {
      if (!segment.has(SYN) || segment.has(ACK)) return;
      const settings = tcpSettings(this.#options.server);
      end.connection = Connection.accept(settings, this.#ends(2, 1), segment, this.#now);
    } else if (end.connection.state === "CLOSED") {
      // What a host answers to a segment of a connection that it has forgotten.
      if (segment.has(ACK) && !segment.has(RST)) this.#reset(end, segment);
    } else {
      end.connection.segmentArrived(segment, this.#now);
    }
    bytes.fill(0xee);
    const { readDelay = 0 } = this.#options;
    if (readDelay === 0) end.read();
    else if (end.connection.readable > 0 && end.readAt === Infinity) {
      end.readAt = this.#now + Math.floor(this.#random() * readDelay);
    }
  }

  #reset(from: End, segment: Segment): void {
    const bytes = new Uint8Array(20);
    const { sourcePort, targetPort, acknowledgment } = segment;
    writeTcpHeader(bytes, 0, targetPort, sourcePort, acknowledgment, 0, 20, RST, 0);
    sealSegment(bytes, 0, 20, PSEUDO_HEADER);
    this.#send(from, bytes);
  }

  /** Lets the program write, and sends what is due. */
  #serve(end: End): void {
    const { connection } = end;
    if (connection === null) return;
    end.write(this.#random);
    for (let count = 0; ; count++) {
      if (count > 2000) throw new Error(`${end.name} doesn't stop sending: ${this.#describe()}`);
      const bytes = new Uint8Array(ROOM);
      const size = connection.emit(bytes, 0, ROOM, this.#now);
      if (size === 0) return;
      sealSegment(bytes, 0, size, PSEUDO_HEADER);
      this.#send(end, bytes.slice(0, size));
    }
  }

  #send(from: End, bytes: Uint8Array): void {
    const { link } = this.#options;
    const random = this.#random;
    this.#segments++;
    const duration = bytes.length * link.byteDuration;
    const start = Math.max(this.#now, from.linkFreeAt);
    const waiting = duration === 0 ? 0 : (start - this.#now) / link.byteDuration;
    const isQueueFull = waiting > link.queueMax * ROOM;
    if (isQueueFull || random() < link.loss) {
      this.#lost++;
      return;
    }
    from.linkFreeAt = start + duration;
    const copies = random() < link.duplication ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      const late = random() < link.reordering ? random() * 3 * link.latency + 1e6 : 0;
      const copy = bytes.slice();
      if (random() < link.corruption) {
        const bit = Math.floor(random() * copy.length * 8);
        copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
      }
      const time = Math.round(from.linkFreeAt + link.latency + late);
      this.#fly({
        time,
        order: this.#order++,
        to: from.name === "client" ? "server" : "client",
        bytes: copy,
      });
    }
  }

  #fly(flying: Flying): void {
    let low = 0;
    let high = this.#flying.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#flying[middle] as Flying).time <= flying.time) low = middle + 1;
      else high = middle;
    }
    this.#flying.splice(low, 0, flying);
  }
}

function isOver(end: End): boolean {
  return end.connection?.state === "CLOSED";
}
