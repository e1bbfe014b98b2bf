// TCP between the network and programs: which segment is for which connection, and when each of them has something to do.
// @see RFC 9293, section 3.10; RFC 1122, section 4.2
import type { Operation, Suspended } from "@miou-solo5/scheduler";
import type { Address, Endpoint } from "../address.ts";
import type { Counters } from "../counters.ts";
import { TcpipError } from "../errors.ts";
import { type Network, SEND_DEFAULT, type Transport } from "../network.ts";
import type { Packet } from "../packet.ts";
import type { Timers } from "../timers.ts";
import type { Trouble, TroubleKind } from "../trouble.ts";
import { read16, read32 } from "../wire/bytes.ts";
import { ACK, parseSegment, RST, Segment, SYN, TCP_HEADER_SIZE } from "../wire/segment.ts";
import { isSealed, sealSegment } from "../wire/tcp-header.ts";
import { Connection, ROOM_MIN } from "./connection.ts";
import { ConnectionTable, portsOf } from "./connection-table.ts";
import type { ConnectionEnds } from "./control-block.ts";
import { SequenceSource } from "./initial-sequence.ts";
import { type ListenerParent, TcpListener, type TcpListenOptions } from "./listener.ts";
import { CONNECTION_SIZE_MIN, MEMORY_MAX_DEFAULT, requireMemoryMax, TextMemory } from "./memory.ts";
import { freePort, requirePort } from "./ports.ts";
import { refuse } from "./refusal.ts";
import { Session } from "./session.ts";
import { fittingSettings, type TcpOptions, tcpSettings } from "./settings.ts";
import { type SocketParent, TcpConnection } from "./socket.ts";
import { CONNECTED } from "./state.ts";

const PROTOCOL_TCP = 6;

/** More connections than this are not opened, whoever asks. */
const CONNECTIONS_MAX = 65_536;

/** More than this don't wait for old segments: the oldest gives way. */
const TIME_WAIT_MAX = 8192;

/** So many retries may mean that segments go elsewhere. @see RFC 9293, section 3.8.3: R1 */
const RETRIES_DOUBTFUL = 3;

/** Errors after which a handshake has no hope. @see RFC 1122, section 4.2.3.9; RFC 5461 */
const HOPELESS: readonly TroubleKind[] = ["port-unreachable", "protocol-unreachable", "prohibited"];

export interface TcpSurroundings {
  readonly network: Network;
  readonly timers: Timers;
  readonly counters: Counters;
  /** Fills its argument with unpredictable bytes. */
  readonly entropy: (into: Uint8Array) => void;
  /** An address in words, for messages. */
  readonly format: (address: Address) => string;
  /** Bytes that the text of all connections may take; 256 MiB if not given. */
  readonly memoryMax?: number | undefined;
}

export class Tcp implements Transport, SocketParent, ListenerParent {
  readonly protocol = PROTOCOL_TCP;
  readonly #network: Network;
  readonly #timers: Timers;
  readonly #counters: Counters;
  readonly #entropy: (into: Uint8Array) => void;
  readonly #format: (address: Address) => string;
  readonly #source: SequenceSource;
  readonly #sessions: ConnectionTable<Session>;
  readonly #memory: TextMemory;
  readonly #listeners = new Map<number, TcpListener>();
  /** The oldest first. */
  readonly #timeWaits = new Set<Session>();
  readonly #segment = new Segment();
  /** The connections that segments came for since `gather`; null where each answers at once. */
  #gathered: Session[] | null = null;
  readonly #gatherList: Session[] = [];
  #gatherTime = 0;
  readonly #expire = (session: Session) => this.#expired(session);
  #isClosed = false;

  constructor(surroundings: TcpSurroundings) {
    const {
      network,
      timers,
      counters,
      entropy,
      format,
      memoryMax = MEMORY_MAX_DEFAULT,
    } = surroundings;
    requireMemoryMax(memoryMax);
    this.#memory = new TextMemory(memoryMax);
    this.#memory.onRefused = () => counters.drop("tcp.memory");
    this.#network = network;
    this.#timers = timers;
    this.#counters = counters;
    this.#entropy = entropy;
    this.#format = format;
    this.#source = new SequenceSource(entropy);
    this.#sessions = new ConnectionTable(entropy);
  }

  get now(): number {
    return this.#gathered === null ? this.#timers.now : this.#gatherTime;
  }

  /** How many connections there are, those in a handshake or TIME-WAIT included. */
  get length(): number {
    return this.#sessions.length;
  }

  /** Bytes of memory for text that connections have, or were promised when they began: at most `memoryMax`. */
  get memoryUsed(): number {
    return this.#memory.used;
  }

  /**
   * Takes connections to `port`, 1 to 65,535.
   *
   * @throws {TcpipError} ERR_SOLO5_ADDRESS_IN_USE, ERR_SOLO5_INVALID_ARGUMENT, ERR_SOLO5_OUT_OF_RANGE, ERR_SOLO5_CLOSED
   */
  listen(port: number, options: TcpListenOptions = {}): TcpListener {
    this.#requireOpen("listen");
    requirePort("listen", port);
    if (this.#listeners.has(port)) {
      throw new TcpipError("ERR_SOLO5_ADDRESS_IN_USE", `listen: TCP port ${port} is taken`);
    }
    const listener = new TcpListener(this, port, options);
    this.#listeners.set(port, listener);
    return listener;
  }

  /**
   * Opens a connection to `to`, from a random free port.
   *
   * Suspends: until the handshake is over. Cancelled, there is no connection.
   * @throws {TcpipError} ERR_SOLO5_INVALID_ARGUMENT, ERR_SOLO5_OUT_OF_RANGE when called; ERR_SOLO5_CONNECTION_REFUSED,
   * ERR_SOLO5_TIMEOUT, ERR_SOLO5_UNREACHABLE, ERR_SOLO5_NO_PORT, ERR_SOLO5_TOO_MANY_CONNECTIONS and
   * ERR_SOLO5_CLOSED from the operation
   */
  connect(to: Endpoint, options: TcpOptions = {}): Operation<TcpConnection> {
    requirePort("connect", to.port);
    tcpSettings(options);
    if (this.#network.isForMany(to.address)) {
      throw new TcpipError(
        "ERR_SOLO5_INVALID_ARGUMENT",
        `connect: ${this.#format(to.address)} is more than one host`,
      );
    }
    return { [Symbol.iterator]: () => this.#connect(to, options) };
  }

  receive(packet: Packet): boolean {
    const { bytes, offset, size, source, target, network } = packet;
    const segment = this.#segment;
    const counters = this.#counters;
    if (!parseSegment(bytes, offset, size, segment)) {
      counters.drop("tcp.short");
    } else if (packet.isForMany) {
      counters.drop("tcp.broadcast");
    } else if (
      !isSealed(bytes, offset, size, network.pseudoHeader(source, target, PROTOCOL_TCP, size))
    ) {
      counters.drop("tcp.checksum");
    } else {
      this.#arrived(segment, source, target);
    }
    segment.forget();
    return true;
  }

  /**
   * From now on until `settleGathered` segments that follow each other without a gap are taken together, as if they were one
   * long one: answered once, told to the program once. For such as came at the same time.
   */
  gather(): void {
    this.#gatherTime = this.#timers.now;
    this.#gathered = this.#gatherList;
  }

  /** @throws as `Network.send` */
  settleGathered(): void {
    const { now } = this;
    const gathered = this.#gatherList;
    this.#gathered = null;
    for (let session = gathered.pop(); session !== undefined; session = gathered.pop()) {
      session.isGathered = false;
      this.#settle(session, now);
    }
  }

  /** Only a handshake is ended by an error: anybody can forge one, and what is established finds out by itself. */
  fail(trouble: Trouble): void {
    const { bytes, offset, kind } = trouble;
    const ports = portsOf(read16(bytes, offset), read16(bytes, offset + 2));
    const session = this.#sessions.get(trouble.target, ports);
    if (session === null || !session.connection.isUnderWay(read32(bytes, offset + 4))) return;
    if (session.socket !== null) session.socket.lastTrouble = kind;
    const isHopeless = HOPELESS.includes(kind) || trouble.reporter === null;
    if (!isHopeless || session.connection.state !== "SYN-SENT") return;
    session.connection.giveUp("unreachable");
    this.#settle(session, this.now);
  }

  settle(connection: Connection): void {
    const { remoteHost, localPort, remotePort } = connection.ends;
    const session = this.#sessions.get(remoteHost, portsOf(localPort, remotePort));
    if (session?.connection === connection) this.#settle(session, this.now);
  }

  release(listener: TcpListener): void {
    this.#listeners.delete(listener.port);
  }

  forget(session: Session): void {
    session.listener = null;
    session.connection.abort();
    this.#settle(session, this.now);
  }

  /** Resets every connection and frees every port. */
  close(): void {
    this.#isClosed = true;
    for (const listener of [...this.#listeners.values()]) listener.close();
    for (const session of this.#sessions.values()) {
      session.connection.abort();
      this.#settle(session, this.now);
    }
  }

  #arrived(segment: Segment, remote: Address, local: Address): void {
    const { now } = this;
    const ports = portsOf(segment.targetPort, segment.sourcePort);
    const session = this.#sessions.get(remote, ports);
    if (session === null) {
      this.#arrivedUnknown(segment, remote, local, now);
      return;
    }
    const { connection, listener } = session;
    if (connection.mayReopen(segment) && this.#listeners.has(segment.targetPort)) {
      // RFC 6191: the other end starts anew, with numbers or a clock beyond those of the old connection.
      connection.abort();
      this.#settle(session, now);
      this.#arrivedUnknown(segment, remote, local, now);
      return;
    }
    // Nobody could accept it: as if its last acknowledgment were lost. It comes again, and with it the text.
    if (listener !== null && !listener.hasRoom && !segment.has(SYN) && !segment.has(RST)) {
      this.#counters.drop("tcp.accept-full");
      return;
    }
    connection.segmentArrived(segment, now);
    if (this.#gathered === null || connection.isUrgent) {
      this.#settle(session, now);
    } else if (!session.isGathered) {
      session.isGathered = true;
      this.#gathered.push(session);
    }
  }

  #arrivedUnknown(segment: Segment, remote: Address, local: Address, now: number): void {
    if (segment.has(RST)) return;
    const listener = this.#listeners.get(segment.targetPort);
    if (listener === undefined || segment.has(ACK)) {
      this.#counters.drop("tcp.port");
      refuse(this.#network, segment, remote, local);
      return;
    }
    if (!segment.has(SYN)) return this.#counters.drop("tcp.port");
    if (!listener.hasRoom) return this.#counters.drop("tcp.accept-full");
    if (!this.#makeRoom()) return this.#counters.drop("tcp.too-many");
    const room = this.#roomTo(remote);
    if (room === 0) return this.#counters.drop("ipv4.no-route");
    if (!this.#memory.begin()) return;
    const settings = listener.settingsFor(room - TCP_HEADER_SIZE);
    const ends = this.#ends(local, segment.targetPort, remote, segment.sourcePort, now);
    const connection = Connection.accept(settings, ends, segment, now, this.#memory);
    const session = this.#add(connection, room, listener);
    const displaced = listener.begin(session);
    if (displaced !== null) {
      this.#counters.drop("tcp.half-open-evicted");
      displaced.listener = null;
      displaced.connection.giveUp("timed-out");
      this.#settle(displaced, now);
    }
    this.#settle(session, now);
  }

  *#connect(to: Endpoint, options: TcpOptions): Generator<Suspended, TcpConnection, void> {
    const socket = this.#open(to, options);
    try {
      return yield* socket.opened();
    } finally {
      // Not reached the end: cancelled, or refused.
      if (socket.state === "SYN-SENT" || socket.state === "SYN-RECEIVED") socket.abort();
    }
  }

  #open(to: Endpoint, options: TcpOptions): TcpConnection {
    this.#requireOpen("connect");
    const { address, port } = to;
    const source = this.#network.sourceFor(address);
    if (source === null) {
      throw new TcpipError(
        "ERR_SOLO5_UNREACHABLE",
        `connect: no route leads to ${this.#format(address)}`,
      );
    }
    if (!this.#makeRoom()) {
      throw new TcpipError(
        "ERR_SOLO5_TOO_MANY_CONNECTIONS",
        `connect: there are ${CONNECTIONS_MAX} connections already`,
      );
    }
    const { now } = this;
    const room = this.#roomTo(address);
    const settings = fittingSettings(options, room - TCP_HEADER_SIZE);
    const ends = this.#ends(source, this.#freePort(to), address, port, now);
    if (!this.#memory.begin()) {
      throw new TcpipError(
        "ERR_SOLO5_TOO_MANY_CONNECTIONS",
        `connect: a connection needs ${CONNECTION_SIZE_MIN} bytes, and of the ${this.#memory.sizeMax} bytes ` +
          `for all of them ${this.#memory.used} are taken`,
      );
    }
    const connection = Connection.open(settings, ends, now, this.#memory);
    const session = this.#add(connection, room, null);
    const socket = this.#attach(session);
    this.#settle(session, now);
    return socket;
  }

  #add(connection: Connection, room: number, listener: TcpListener | null): Session {
    const session = new Session(connection, room, listener, this.#expire);
    const { remoteHost, localPort, remotePort } = connection.ends;
    this.#sessions.set(remoteHost, portsOf(localPort, remotePort), session);
    return session;
  }

  #attach(session: Session): TcpConnection {
    const { localHost, localPort, remoteHost, remotePort } = session.connection.ends;
    const local = { address: localHost, port: localPort };
    const remote = { address: remoteHost, port: remotePort };
    const name = `the connection to ${this.#format(remoteHost)}:${remotePort}`;
    session.socket = new TcpConnection(this, session.connection, local, remote, name);
    return session.socket;
  }

  #expired(session: Session): void {
    const { now } = this;
    const { connection } = session;
    const retriesBefore = connection.retries;
    connection.timerExpired(now);
    if (connection.retries > retriesBefore && connection.retries >= RETRIES_DOUBTFUL) {
      this.#network.doubt(connection.ends.remoteHost);
    }
    this.#settle(session, now);
  }

  /** After anything has happened to a connection: sends what is due, tells who waits, sets its timer, sees to its end. */
  #settle(session: Session, now: number): void {
    const { connection } = session;
    this.#send(session, now);
    const events = connection.takeEvents();
    const { listener } = session;
    if (listener !== null && ((events & CONNECTED) !== 0 || connection.state === "CLOSED")) {
      session.listener = null;
      const isOpen = connection.state !== "CLOSED";
      listener.finish(session, isOpen ? this.#attach(session) : null);
    }
    if (events !== 0) session.socket?.notify(events);
    if (connection.state === "CLOSED") {
      this.#remove(session);
      return;
    }
    if (connection.state === "TIME-WAIT" && !session.isWaiting) this.#startWaiting(session);
    const { deadline } = connection;
    if (deadline === Infinity) this.#timers.clear(session.timer);
    else this.#timers.set(session.timer, deadline);
  }

  #send(session: Session, now: number): void {
    this.#network.hold();
    try {
      this.#sendDue(session, now);
    } finally {
      this.#network.release();
    }
  }

  #sendDue({ connection, room }: Session, now: number): void {
    const network = this.#network;
    const { outgoing, headroom } = network;
    const { localHost, remoteHost } = connection.ends;
    for (;;) {
      const size = connection.emit(outgoing, headroom, room, now);
      if (size === 0) return;
      const pseudoHeader = network.pseudoHeader(localHost, remoteHost, PROTOCOL_TCP, size);
      sealSegment(outgoing, headroom, size, pseudoHeader);
      network.send(PROTOCOL_TCP, localHost, remoteHost, outgoing, headroom, size, SEND_DEFAULT);
    }
  }

  #remove(session: Session): void {
    this.#timers.clear(session.timer);
    this.#timeWaits.delete(session);
    const { remoteHost, localPort, remotePort } = session.connection.ends;
    const ports = portsOf(localPort, remotePort);
    if (this.#sessions.get(remoteHost, ports) !== session) return;
    this.#sessions.delete(remoteHost, ports);
    if (!session.isWaiting) this.#memory.end();
  }

  #startWaiting(session: Session): void {
    session.isWaiting = true;
    // Nothing is sent or received any more.
    this.#memory.end();
    this.#timeWaits.add(session);
    if (this.#timeWaits.size > TIME_WAIT_MAX) this.#endOldestWait();
  }

  #endOldestWait(): boolean {
    for (const oldest of this.#timeWaits) {
      this.#timeWaits.delete(oldest);
      oldest.connection.abort();
      this.#settle(oldest, this.now);
      return true;
    }
    return false;
  }

  /** Whether one more connection may be; where there are too many, one in TIME-WAIT makes room. */
  #makeRoom(): boolean {
    return this.#sessions.length < CONNECTIONS_MAX || this.#endOldestWait();
  }

  /** Bytes that a segment there may have; 0 where no route leads there. */
  #roomTo(remote: Address): number {
    const room = this.#network.payloadSizeMax(remote);
    // A header full of options and some text must fit; where the link is shorter, IP cuts it in pieces.
    return room === 0 ? 0 : Math.max(room, ROOM_MIN);
  }

  #ends(
    localHost: Address,
    localPort: number,
    remoteHost: Address,
    remotePort: number,
    now: number,
  ): ConnectionEnds {
    const source = this.#source;
    return {
      localHost,
      localPort,
      remoteHost,
      remotePort,
      initialSequence: source.initial(localHost, localPort, remoteHost, remotePort, now),
      timestampOffset: source.timestampOffset(localHost, localPort, remoteHost, remotePort),
    };
  }

  #freePort({ address, port }: Endpoint): number {
    const free = freePort(
      this.#entropy,
      (candidate) =>
        this.#sessions.get(address, portsOf(candidate, port)) !== null ||
        this.#listeners.has(candidate),
    );
    if (free !== null) return free;
    throw new TcpipError(
      "ERR_SOLO5_NO_PORT",
      `connect: no TCP port is free for ${this.#format(address)}:${port}`,
    );
  }

  #requireOpen(verb: string): void {
    if (this.#isClosed) throw new TcpipError("ERR_SOLO5_CLOSED", `${verb}: the stack is closed`);
  }
}
