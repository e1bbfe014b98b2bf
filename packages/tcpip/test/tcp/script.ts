// Plays a conversation with one connection in virtual time, and holds what it sends against what is written.
//
//   open                               a connection is opened actively; `listen` waits for a SYN instead
//   > SYN seq 100 win 4000 mss 1460    a segment comes in: from the other end to us
//   < SYN,ACK seq ISS ack 101          the next segment that we send, and it must be this one
//   at 1s: < ACK seq ISS+1 ack 101     the same, and exactly at this time (since the start); nothing before
//   after 200ms:                       time passes, counted from the line before; nothing may be sent meanwhile
//   write 500                          a program's calls: `write N [= TAKEN]`, `read N [= GOT]`, `shutdown`, `close`, `abort`
//   state ESTABLISHED                  what the connection says of itself: `state`, `ending`, `end` (read to the FIN),
//                                      `readable N`, `writable N`, `unsettled N`, `idle` (no timer runs), `flow NAME VALUE`
//   events CONNECTED,READABLE          what has happened since the last `events`
//
// Segments: flags, then `seq`, `ack`, `len` (default 0), `win`, `mss`, `ws`, `sackok`, `sack A-B,C-D`, `ts VALUE/ECHO`. `.` stands
// for no flag at all. Our numbers start at ISS, written `ISS+1`; those of the other end are as they stand. On a line
// with `<`, what decides is always flags, seq, ack and len; other fields only where written (`no-ts`: it must be missing).
// `#` starts a comment.
//
// A script that does not choose our first number is played again and again: as it stands, and so that the numbers of both ends run
// over their end, or over where their sign changes, early or in the midst of it.
//
// Text is not written out: byte `n` of a stream is a function of `n`, and both directions are checked against it.
// Before every line but `<` nothing must be left that was sent and not looked at.
import {
  CONNECTED,
  Connection,
  ENDED,
  READABLE,
  type TcpOptions,
  tcpSettings,
  WRITABLE,
} from "../../src/tcp.ts";
import {
  ACK,
  FIN,
  isSealed,
  PSH,
  parseSegment,
  RST,
  Segment,
  SYN,
  sealSegment,
  URG,
  writeMss,
  writeSackPermitted,
  writeSacks,
  writeTcpHeader,
  writeTimestamps,
  writeWindowScale,
} from "../../src/wire.ts";

const FLAGS: Readonly<Record<string, number>> = { FIN, SYN, RST, PSH, ACK, URG };
const EVENTS: Readonly<Record<string, number>> = { READABLE, WRITABLE, CONNECTED, ENDED };
const UNITS: Readonly<Record<string, number>> = { us: 1e3, ms: 1e6, s: 1e9 };
const OUR_PORT = 7;
const THEIR_PORT = 50_000;
/** What a link of 1500 bytes leaves for a segment. */
const ROOM = 1480;

export interface ScriptOptions extends TcpOptions {
  /** Our first sequence number. If not given, several are tried, with the other end's numbers moved as well. */
  readonly iss?: number;
}

/** Our first number, and what is added to each of the other end's, with which scripts begin at 100. */
const PLACES = [
  { iss: 10_000, shift: 0 },
  ...[2 ** 32, 2 ** 31].flatMap((edge) => [
    { iss: edge - 50, shift: edge - 150 },
    { iss: edge - 2500, shift: edge - 1300 },
  ]),
];

/** Scripts are about one thing each: what they don't name is switched off. */
const PLAIN: TcpOptions = {
  useTimestamps: false,
  useSack: false,
  useWindowScale: false,
  congestionControl: "newreno",
  userTimeout: Infinity,
};

/** Plays the script; throws at the first line that is not true. */
export function play(script: string, { iss, ...options }: ScriptOptions = {}): void {
  const places = iss === undefined ? PLACES : [{ iss, shift: 0 }];
  for (const place of places) playAt(script, options, place);
}

function playAt(script: string, options: TcpOptions, place: (typeof PLACES)[number]): void {
  const player = new Player(options, place);
  const lines = script.split("\n");
  for (const [index, text] of lines.entries()) {
    const line = text.replace(/#.*/, "").trim();
    if (line === "") continue;
    try {
      player.line(line);
    } catch (error) {
      const { message } = error as Error;
      const where = `line ${index + 1}, with ISS ${place.iss}`;
      throw new Error(`${where}: ${line}\n${message}\n${player.transcript.slice(-25).join("\n")}`, {
        cause: error,
      });
    }
  }
  player.requireSilence("at the script's end");
}

/** Byte `index` of either stream. */
export function byteAt(index: number): number {
  return (Math.imul(index, 0x9e3779b1) >>> 13) & 0xff;
}

/** Fields of a line: names to values, in words. */
interface Line {
  readonly flags: number;
  readonly fields: ReadonlyMap<string, string>;
}

class Player {
  readonly transcript: string[] = [];
  readonly #iss: number;
  /** Added to the other end's numbers. */
  readonly #shift: number;
  readonly #options: TcpOptions;
  #connection: Connection | null = null;
  #isListening = false;
  #now = 0;
  readonly #sent: { readonly time: number; readonly bytes: Uint8Array }[] = [];
  /** Bytes of our stream that were written, of theirs that were read. */
  #written = 0;
  #read = 0;
  #theirStart = 0;

  constructor(options: TcpOptions, { iss, shift }: (typeof PLACES)[number]) {
    this.#iss = iss | 0;
    this.#shift = shift;
    this.#options = { ...PLAIN, ...options };
  }

  line(line: string): void {
    const timed = /^(at|after) ([0-9.]+)(us|ms|s):\s*(.*)$/.exec(line);
    if (timed !== null) {
      const [, kind, number, unit, rest = ""] = timed;
      const time = Number(number) * (UNITS[unit as string] as number);
      this.#passTo(Math.round(kind === "at" ? time : this.#now + time));
      if (rest !== "") this.line(rest);
      else this.requireSilence("when the time had come");
      return;
    }
    const [word = "", ...words] = line.split(/\s+/);
    if (word === "<") {
      this.#expectSegment(words);
      return;
    }
    this.requireSilence("before this line");
    this.#do(word, words);
  }

  requireSilence(when: string): void {
    const [first] = this.#sent;
    if (first === undefined) return;
    throw new Error(`unexpected ${when}: < ${this.#describe(first.bytes)}`);
  }

  #do(word: string, words: string[]): void {
    if (word === ">") return this.#arrive(words);
    if (word === "open") return this.#open();
    if (word === "listen") {
      this.#isListening = true;
      return;
    }
    const connection = this.#require();
    const [first = "", , third] = words;
    if (word === "write") {
      const bytes = Uint8Array.from({ length: Number(first) }, (_, i) => byteAt(this.#written + i));
      const taken = connection.send(bytes);
      equal("taken", taken, third === undefined ? bytes.length : Number(third));
      this.#written += taken;
    } else if (word === "read") {
      this.#receive(Number(first), third === undefined ? Number(first) : Number(third));
    } else if (word === "shutdown") connection.shutdown();
    else if (word === "close") connection.close(this.#now);
    else if (word === "abort") connection.abort();
    else if (word === "state") equal("state", connection.state, first);
    else if (word === "ending") equal("ending", String(connection.ending), first);
    else if (word === "end") equal("isEnd", connection.isEnd, true);
    else if (word === "readable") equal("readable", connection.readable, Number(first));
    else if (word === "writable") equal("writable", connection.writable, Number(first));
    else if (word === "unsettled") equal("unsettled", connection.unsettled, Number(first));
    else if (word === "idle") equal("deadline", connection.deadline, Infinity);
    else if (word === "flow") {
      const flow = connection.flow as unknown as Record<string, unknown>;
      equal(first, String(flow[first]), words[1]);
    } else if (word === "events") {
      const events = first === "" ? [] : first.split(",");
      const bits = events.reduce((sum, name) => sum | (EVENTS[name] as number), 0);
      equal("events", connection.takeEvents(), bits);
    } else throw new Error(`a script has no word "${word}"`);
    this.#flush();
  }

  #ends() {
    return {
      localHost: 1,
      localPort: OUR_PORT,
      remoteHost: 2,
      remotePort: THEIR_PORT,
      initialSequence: this.#iss | 0,
      timestampOffset: 1000,
    };
  }

  #open(): void {
    this.#connection = Connection.open(tcpSettings(this.#options), this.#ends(), this.#now);
    this.#flush();
  }

  #require(): Connection {
    if (this.#connection === null) throw new Error("there is no connection yet: open or listen");
    return this.#connection;
  }

  #arrive(words: string[]): void {
    const line = parseLine(words);
    const bytes = this.#build(line);
    const segment = new Segment();
    if (!parseSegment(bytes, 0, bytes.length, segment)) throw new Error("this is no segment");
    this.transcript.push(`  ${this.#time()} > ${this.#describe(bytes, true)}`);
    if ((line.flags & SYN) !== 0) this.#theirStart = (segment.sequence + 1) | 0;
    if (this.#connection === null && this.#isListening) {
      const settings = tcpSettings(this.#options);
      this.#connection = Connection.accept(settings, this.#ends(), segment, this.#now);
    } else {
      this.#require().segmentArrived(segment, this.#now);
    }
    // Nothing of a segment may be kept: whoever looks again finds rubbish.
    bytes.fill(0xee);
    segment.forget();
    this.#flush();
  }

  #build({ flags, fields }: Line): Uint8Array {
    const bytes = new Uint8Array(70_000);
    let at = 20;
    const mss = fields.get("mss");
    const scale = fields.get("ws");
    const timestamps = fields.get("ts");
    const blocks = fields.get("sack");
    if (mss !== undefined) at = writeMss(bytes, at, Number(mss));
    if (scale !== undefined) at = writeWindowScale(bytes, at, Number(scale));
    if (fields.has("sackok")) at = writeSackPermitted(bytes, at);
    if (timestamps !== undefined) {
      const [value = 0, echo = 0] = timestamps.split("/").map(Number);
      at = writeTimestamps(bytes, at, value, echo);
    }
    if (blocks !== undefined) {
      const edges = this.#edges(blocks).flat();
      at = writeSacks(bytes, at, Int32Array.from(edges), edges.length / 2);
    }
    const sequence = this.#number(fields.get("seq") ?? "0");
    const size = Number(fields.get("len") ?? 0);
    const first = (flags & SYN) !== 0 ? 0 : (sequence - this.#theirStart) | 0;
    for (let i = 0; i < size; i++) bytes[at + i] = byteAt(first + i);
    const acknowledgment = this.#number(fields.get("ack") ?? "0");
    const window = Number(fields.get("win") ?? 65_535);
    writeTcpHeader(bytes, 0, THEIR_PORT, OUR_PORT, sequence, acknowledgment, at, flags, window);
    return bytes.slice(0, at + size);
  }

  #number(text: string): number {
    const match = /^(ISS)?([+-]?[0-9]+)?$/.exec(text);
    if (match === null) throw new Error(`"${text}" is no sequence number`);
    return ((match[1] === undefined ? this.#shift : this.#iss) + Number(match[2] ?? 0)) | 0;
  }

  /** Of `A-B,C-D`. */
  #edges(blocks: string): number[][] {
    return blocks
      .split(",")
      .map((block) => block.split(/-(?=[0-9I])/).map((edge) => this.#number(edge)));
  }

  #receive(size: number, expected: number): void {
    const bytes = new Uint8Array(size);
    const got = this.#require().receive(bytes);
    equal("read", got, expected);
    for (let i = 0; i < got; i++) equal(`byte ${i} read`, bytes[i], byteAt(this.#read + i));
    this.#read += got;
  }

  #passTo(time: number): void {
    this.requireSilence("before time passes");
    const connection = this.#connection;
    while (connection !== null && connection.deadline < time) {
      this.#now = Math.max(this.#now, connection.deadline);
      connection.timerExpired(this.#now);
      this.#flush();
      this.requireSilence(`at ${this.#time()}`);
    }
    this.#now = time;
    connection?.timerExpired(time);
    this.#flush();
  }

  #flush(): void {
    const connection = this.#connection;
    if (connection === null) return;
    for (let count = 0; ; count++) {
      if (count > 1000) throw new Error("it doesn't stop sending");
      const bytes = new Uint8Array(ROOM + 40).fill(0xdd);
      const size = connection.emit(bytes, 20, ROOM, this.#now);
      if (size === 0) return;
      const segment = bytes.slice(20, 20 + size);
      equal("bytes before the segment", bytes.slice(0, 20).every(isUntouched), true);
      equal("bytes behind the segment", bytes.slice(20 + size).every(isUntouched), true);
      sealSegment(segment, 0, size, 0);
      if (!isSealed(segment, 0, size, 0)) throw new Error("the checksum's field was not zero");
      this.transcript.push(`  ${this.#time()} < ${this.#describe(segment)}`);
      this.#sent.push({ time: this.#now, bytes: segment });
    }
  }

  #expectSegment(words: string[]): void {
    const next = this.#sent.shift();
    if (next === undefined) throw new Error(`nothing was sent`);
    const segment = parsed(next.bytes);
    const { flags, fields } = parseLine(words);
    // PSH is a matter of taste; it decides only where the script names it.
    const mask = (flags & PSH) !== 0 ? 0x3f : 0x3f & ~PSH;
    const want: Record<string, unknown> = {
      flags: flags & mask,
      seq: this.#number(fields.get("seq") ?? "0"),
      len: Number(fields.get("len") ?? 0),
    };
    const got: Record<string, unknown> = {
      flags: segment.flags & mask,
      seq: segment.sequence,
      len: segment.textSize,
    };
    if ((flags & ACK) !== 0) {
      want["ack"] = this.#number(fields.get("ack") ?? "0");
      got["ack"] = segment.acknowledgment;
    }
    const all = describeFields(segment);
    for (const [name, value] of fields) {
      if (name in want || name === "ack") continue;
      want[name] = name === "sack" ? this.#edges(value).map(blockText).join() : value;
      got[name] = all.get(name);
    }
    for (const [name, value] of Object.entries(want)) {
      if (got[name] !== value) {
        throw new Error(`${name} is not as wanted in: < ${this.#describe(next.bytes)}`);
      }
    }
    this.#checkText(segment);
  }

  #checkText(segment: Segment): void {
    const first = (segment.sequence - this.#iss - 1) | 0;
    for (let i = 0; i < segment.textSize; i++) {
      equal(`byte ${i} sent`, segment.bytes[segment.textOffset + i], byteAt(first + i));
    }
    if (segment.textSize > 0) {
      equal("sent but not written", first + segment.textSize > this.#written, false);
    }
  }

  #describe(bytes: Uint8Array, isTheirs = false): string {
    const segment = parsed(bytes);
    const names = Object.keys(FLAGS).filter((name) => segment.has(FLAGS[name] as number));
    const ours = (number: number) => {
      const offset = (number - this.#iss) | 0;
      return Math.abs(offset) < 1e8 ? `ISS+${offset}` : String(number);
    };
    const sequence = isTheirs ? String(segment.sequence) : ours(segment.sequence);
    const { acknowledgment } = segment;
    const ack = segment.has(ACK) ? [`ack ${isTheirs ? ours(acknowledgment) : acknowledgment}`] : [];
    const rest = [...describeFields(segment)]
      .filter(([name]) => !name.startsWith("no-"))
      .map(([name, value]) => `${name} ${value}`);
    const size = segment.textSize > 0 ? [`len ${segment.textSize}`] : [];
    return [names.join(",") || ".", `seq ${sequence}`, ...ack, ...size, ...rest].join(" ");
  }

  #time(): string {
    return `${this.#now / 1e9}s`.padEnd(10);
  }
}

function parsed(bytes: Uint8Array): Segment {
  const segment = new Segment();
  if (!parseSegment(bytes, 0, bytes.length, segment)) throw new Error("this is no segment");
  return segment;
}

function describeFields(segment: Segment): Map<string, string> {
  const fields = new Map([["win", String(segment.window)]]);
  if (segment.maximumSegmentSize > 0) fields.set("mss", String(segment.maximumSegmentSize));
  if (segment.windowScale >= 0) fields.set("ws", String(segment.windowScale));
  if (segment.isSackPermitted) fields.set("sackok", "yes");
  if (segment.hasTimestamps) {
    fields.set("ts", `${segment.timestampValue}/${segment.timestampEcho}`);
  }
  if (segment.sackCount > 0) {
    const edges = [...segment.sacks.slice(0, 2 * segment.sackCount)];
    const blocks = Array.from({ length: segment.sackCount }, (_, i) =>
      edges.slice(2 * i, 2 * i + 2),
    );
    fields.set("sack", blocks.map(blockText).join());
  }
  for (const name of ["mss", "ws", "sackok", "ts", "sack"]) {
    if (!fields.has(name)) fields.set(`no-${name}`, "yes");
  }
  return fields;
}

/** Fields that stand alone, without a value. */
const ALONE = ["sackok", "no-mss", "no-ws", "no-sackok", "no-ts", "no-sack"];

function parseLine(words: string[]): Line {
  const [names = ".", ...rest] = words;
  let flags = 0;
  for (const name of names === "." ? [] : names.split(",")) {
    const flag = FLAGS[name];
    if (flag === undefined) throw new Error(`there is no flag "${name}"`);
    flags |= flag;
  }
  const fields = new Map<string, string>();
  while (rest.length > 0) {
    const name = rest.shift() as string;
    if (ALONE.includes(name)) fields.set(name, "yes");
    else if (["seq", "ack", "len", "win", "mss", "ws", "sack", "ts"].includes(name)) {
      fields.set(name, rest.shift() ?? "");
    } else throw new Error(`a segment has no field "${name}"`);
  }
  return { flags, fields };
}

function blockText(edges: readonly number[]): string {
  return edges.join("-");
}

function isUntouched(byte: number): boolean {
  return byte === 0xdd;
}

function equal(what: string, got: unknown, wanted: unknown): void {
  if (got === wanted) return;
  throw new Error(`${what}: wanted ${String(wanted)}, got ${String(got)}`);
}
