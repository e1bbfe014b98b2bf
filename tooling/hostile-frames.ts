// Frames that nobody with good intentions sends: the input of tests that a station must survive.
//
//   const hostile = new HostileFrames(seed, scene);
//   const frame = hostile.next();      // a fresh array, 14 to `frameSizeMax` bytes
//   hostile.kind                       // "twisted ping", say: what it was made from
//   hostile.isRequest                  // nothing is wrong with it: a station with an echo service answers it
//
// Pure and seeded: the same seed and scene give the same frames on every machine, so a frame is found again by the
// seed and its number. Knows nothing of the program under test, and shares no code with it.
//
// Noise alone would end at the first check of every station: one frame in 2^48 has its address. So most frames are
// sound ones with a few things twisted, and most of these have their checksums put right again, so that what
// is twisted gets past them.

/** Who is attacked, and by whom. */
export interface Scene {
  /** The station under attack: hardware address (6 bytes) and IPv4 address (4 bytes). */
  readonly mac: Uint8Array;
  readonly address: Uint8Array;
  /** The attacker's own, to which answers come unless the frame says otherwise. */
  readonly attackerMac: Uint8Array;
  readonly attackerAddress: Uint8Array;
  /** Bytes of the longest frame that the link carries. */
  readonly frameSizeMax: number;
}

const ETHERNET = 14;
const IPV4 = 20;
const ARP = 28;
const ICMP = 1;
const TCP = 6;
const UDP = 17;
/** Bytes of headers that are worth twisting. */
const HEADERS = 64;
const POOL_SIZE = 1 << 16;
const CURIOUS_BYTES = [0, 1, 4, 5, 6, 0x0f, 0x40, 0x45, 0x46, 0x4f, 0x7f, 0x80, 0xfe, 0xff];
const CURIOUS_WORDS = [0, 1, 7, 8, 19, 20, 21, 28, 0x0800, 0x0806, 0x1fff, 0x2000, 0x3fff, 0x8000];
const CURIOUS_ADDRESSES = [
  [0, 0, 0, 0],
  [0, 0, 0, 1],
  [127, 0, 0, 1],
  [224, 0, 0, 1],
  [239, 255, 255, 255],
  [240, 0, 0, 1],
  [255, 255, 255, 255],
  [169, 254, 1, 1],
  [8, 8, 8, 8],
];
const CURIOUS_MACS = [
  [0, 0, 0, 0, 0, 0],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x01, 0x00, 0x5e, 0x00, 0x00, 0x01],
  [0x33, 0x33, 0, 0, 0, 1],
  [0x01, 0x80, 0xc2, 0, 0, 0],
  [0x02, 0, 0, 0, 0, 0x77],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xfe],
];
/** Services that answer anything, and edges. */
const CURIOUS_PORTS = [0, 1, 7, 9, 13, 17, 19, 37, 53, 0x7fff, 0xffff];

export class HostileFrames {
  /** What the last frame was made from. */
  kind = "";
  /** Whether the last frame is a sound ARP request, echo request or datagram to the echo port. */
  isRequest = false;
  readonly #scene: Scene;
  readonly #frame: Uint8Array;
  readonly #noise = new Uint8Array(POOL_SIZE);
  readonly #state: Uint32Array;
  #size = 0;

  constructor(seed: number, scene: Scene) {
    this.#scene = scene;
    // What is written beyond the longest frame is cut off: headers of the shortest link still fit.
    this.#frame = new Uint8Array(Math.max(scene.frameSizeMax, 128) + 64);
    this.#state = Uint32Array.of(seed, seed / 2 ** 32, 0x9e3779b9, 0x243f6a88);
    for (let i = 0; i < 16; i++) this.#bits();
    for (let i = 0; i < POOL_SIZE; i++) this.#noise[i] = this.#bits() >>> 24;
  }

  /** A fresh array of 14 to `frameSizeMax` bytes. */
  next(): Uint8Array {
    const choice = this.#below(100);
    if (choice < 15) return this.request();
    this.isRequest = false;
    if (choice < 25) this.#sound();
    else if (choice < 80) this.#twisted();
    else if (choice < 95) this.#noiseBehindHeaders();
    else if (choice < 99) this.#pureNoise();
    else this.#extreme();
    return this.#finished();
  }

  /** One that a station with an echo service answers. */
  request(): Uint8Array {
    const choice = this.#below(3);
    if (choice === 0) this.#arp(1);
    else if (choice === 1) this.#ping();
    else this.#udp(7);
    // Short frames are padded on a real Ethernet, with whatever.
    if (this.#below(4) === 0 && this.#size < 60) this.#extendTo(60);
    this.isRequest = this.#size <= this.#scene.frameSizeMax;
    return this.#finished();
  }

  #finished(): Uint8Array {
    this.#size = Math.min(Math.max(this.#size, ETHERNET), this.#scene.frameSizeMax);
    return this.#frame.slice(0, this.#size);
  }

  // --- Sound frames

  #sound(): void {
    const choice = this.#below(10);
    if (choice === 0) this.#arp(2);
    else if (choice === 1) this.#udp(this.#word());
    else if (choice === 2) this.#icmp(this.#byte(), this.#below(3));
    else if (choice === 3) this.#tcp();
    else if (choice === 4) this.#withOptions();
    else if (choice === 5) this.#fragment();
    else if (choice === 6) this.#otherProtocol();
    else if (choice === 7) this.#otherType();
    else if (choice === 8) this.#tagged();
    else this.#ipv6();
  }

  #any(): void {
    const choice = this.#below(8);
    if (choice === 0) this.#arp(1);
    else if (choice <= 2) this.#ping();
    else if (choice <= 5) this.#udp(7);
    else this.#sound();
  }

  #ethernet(type: number): void {
    this.#frame.set(this.#scene.mac, 0);
    this.#frame.set(this.#scene.attackerMac, 6);
    this.#setWord(12, type);
  }

  #arp(operation: number): void {
    this.kind = operation === 1 ? "ARP request" : "ARP reply";
    const { mac, address, attackerMac, attackerAddress } = this.#scene;
    this.#ethernet(0x0806);
    if (this.#below(2) === 0) this.#frame.fill(0xff, 0, 6);
    this.#frame.set([0, 1, 8, 0, 6, 4, 0, operation], ETHERNET);
    this.#frame.set(attackerMac, 22);
    // 0.0.0.0 as sender is a probe whether the address is in use.
    if (operation === 1 && this.#below(8) === 0) this.#frame.fill(0, 28, 32);
    else this.#frame.set(attackerAddress, 28);
    if (operation === 1) this.#frame.fill(0, 32, 38);
    else this.#frame.set(mac, 32);
    this.#frame.set(address, 38);
    this.#size = ETHERNET + ARP;
  }

  /** The header of a datagram with `size` bytes behind it, which `#fixChecksums` completes. */
  #ipv4(protocol: number, size: number): void {
    const frame = this.#frame;
    this.#ethernet(0x0800);
    frame[14] = 0x45;
    frame[15] = this.#below(4) === 0 ? this.#byte() : 0;
    this.#setWord(16, IPV4 + size);
    this.#setWord(18, this.#word());
    this.#setWord(20, this.#below(2) === 0 ? 0x4000 : 0);
    frame[22] = 1 + this.#below(255);
    frame[23] = protocol;
    frame.set(this.#scene.attackerAddress, 26);
    frame.set(this.#scene.address, 30);
    this.#size = ETHERNET + IPV4 + size;
  }

  #ping(): void {
    this.#icmp(8, 0);
    this.kind = "ping";
  }

  #icmp(type: number, code: number): void {
    this.kind = "other ICMP";
    const size = 8 + this.#dataSize(8);
    this.#ipv4(ICMP, size);
    this.#random(34, size);
    this.#frame[34] = type;
    this.#frame[35] = code;
    this.#fixChecksums();
  }

  #udp(port: number): void {
    this.kind = port === 7 ? "UDP echo" : "other UDP";
    const size = 8 + this.#dataSize(8);
    this.#ipv4(UDP, size);
    this.#random(42, size - 8);
    this.#setWord(34, 1024 + this.#below(60_000));
    this.#setWord(36, port);
    this.#setWord(38, size);
    this.#fixChecksums();
    // No checksum is as good as a right one.
    if (this.#below(8) === 0) this.#setWord(40, 0);
  }

  #tcp(): void {
    this.kind = "TCP";
    const size = 20 + 4 * this.#below(11);
    this.#ipv4(TCP, size);
    this.#random(34, size);
    this.#frame[46] = (size / 4) << 4;
    if (this.#below(2) === 0) this.#frame[47] = 0x02;
    this.#fixChecksums();
  }

  #withOptions(): void {
    if (this.#below(2) === 0) this.#ping();
    else this.#udp(7);
    this.kind = `${this.kind} with options`;
    const size = 4 * (1 + this.#below(10));
    const frame = this.#frame;
    frame.copyWithin(34 + size, 34, this.#size);
    this.#size += size;
    this.#random(34, size);
    let at = 34;
    // Mostly well-formed ones: record route, timestamp, source routes, security, no operation.
    const kinds = [0, 1, 7, 68, 131, 137, 130, 148];
    while (at < 34 + size && this.#below(8) > 0) {
      const kind = kinds[this.#below(kinds.length)] as number;
      const optionSize = kind < 2 ? 1 : 3 + this.#below(9);
      frame[at] = kind;
      if (kind >= 2) frame[at + 1] = optionSize;
      at += optionSize;
    }
    frame[14] = 0x40 | (5 + size / 4);
    this.#setWord(16, this.#getWord(16) + size);
    this.#fixChecksums();
  }

  #fragment(): void {
    if (this.#below(2) === 0) this.#ping();
    else this.#udp(7);
    this.kind = `fragment of ${this.kind}`;
    const offset = this.#below(3) === 0 ? 0 : this.#below(0x2000);
    const more = offset === 0 || this.#below(2) === 0 ? 0x2000 : 0;
    this.#setWord(20, more | offset);
    this.#fixIpv4Checksum();
  }

  #otherProtocol(): void {
    this.kind = "other IP protocol";
    const size = this.#dataSize(0);
    this.#ipv4(this.#byte(), size);
    this.#random(34, size);
    this.#fixChecksums();
  }

  #otherType(): void {
    this.kind = "other Ethernet type";
    const size = this.#dataSize(0);
    this.#ethernet(this.#below(2) === 0 ? this.#below(1501) : this.#word());
    this.#random(ETHERNET, size);
    this.#size = ETHERNET + size;
  }

  #tagged(): void {
    if (this.#below(2) === 0) this.#ping();
    else this.#arp(1);
    this.kind = `tagged ${this.kind}`;
    this.#frame.copyWithin(16, 12, this.#size);
    this.#setWord(12, this.#below(2) === 0 ? 0x8100 : 0x88a8);
    this.#setWord(14, this.#word());
    this.#size += 4;
  }

  #ipv6(): void {
    this.kind = "IPv6";
    const size = this.#dataSize(40);
    this.#ethernet(0x86dd);
    this.#random(ETHERNET, 40 + size);
    this.#frame[14] = 0x60;
    this.#setWord(18, size);
    this.#size = ETHERNET + 40 + size;
  }

  // --- Wrong ones

  #pureNoise(): void {
    this.kind = "noise";
    this.#size = ETHERNET + this.#dataSize(0);
    this.#random(0, this.#size);
  }

  #noiseBehindHeaders(): void {
    this.#any();
    this.kind = `noise behind the headers of ${this.kind}`;
    const sound = [ETHERNET, 22, 34, 38, 42][this.#below(5)] as number;
    const size = ETHERNET + this.#dataSize(0);
    this.#random(sound, Math.max(0, size - sound));
    this.#size = size;
    if (this.#below(2) === 0) this.#fixChecksums();
  }

  #extreme(): void {
    this.kind = "extreme";
    this.#any();
    const { frameSizeMax } = this.#scene;
    const choice = this.#below(5);
    if (choice === 0) this.#size = ETHERNET + this.#below(3);
    else if (choice === 1) this.#extendTo(frameSizeMax - this.#below(3));
    else if (choice === 2) this.#fillAll(0);
    else if (choice === 3) this.#fillAll(0xff);
    // Every byte of a datagram is one more than a frame can hold.
    else this.#setWord(16, frameSizeMax - ETHERNET + 1);
  }

  #fillAll(value: number): void {
    const sound = this.#below(3) * 6;
    this.#size = Math.max(sound, ETHERNET) + this.#dataSize(sound);
    this.#frame.fill(value, sound, this.#size);
  }

  #twisted(): void {
    this.#any();
    this.kind = `twisted ${this.kind}`;
    for (let count = 1 + this.#below(3); count > 0; count--) this.#twist();
    const choice = this.#below(10);
    if (choice < 6) this.#fixChecksums();
    else if (choice < 8) this.#fixIpv4Checksum();
  }

  #twist(): void {
    const frame = this.#frame;
    const size = this.#size;
    switch (this.#below(14)) {
      case 0:
        for (let count = 1 + this.#below(8); count > 0; count--) this.#flip(size);
        return;
      case 1:
        return this.#flip(Math.min(size, HEADERS));
      case 2:
        frame[this.#below(Math.min(size, HEADERS))] = this.#pick(CURIOUS_BYTES);
        return;
      case 3:
        return this.#setWord(2 * this.#below(HEADERS / 2), this.#curiousWord());
      case 4:
        this.#size = ETHERNET + this.#below(Math.max(1, size - ETHERNET));
        return;
      case 5:
        return this.#extendTo(size + this.#below(this.#scene.frameSizeMax));
      case 6: {
        // A piece is left out, or comes twice.
        const at = this.#below(size);
        const shift = this.#below(Math.min(16, size - at));
        if (this.#below(2) === 0) frame.copyWithin(at, at + shift, size);
        else frame.copyWithin(at + shift, at, size - shift);
        return;
      }
      case 7:
        frame[14] = 0x40 | this.#below(16);
        return;
      case 8: // the datagram's size
        return this.#setWord(16, this.#curiousWord());
      case 9: // the UDP datagram's size
        return this.#setWord(38, this.#curiousWord());
      case 10:
        return this.#setWord(this.#below(2) === 0 ? 34 : 36, this.#pick(CURIOUS_PORTS));
      case 11:
        return this.#setWord(20, this.#word());
      case 12:
        return this.#twistMac();
      default:
        return this.#twistAddress();
    }
  }

  #twistMac(): void {
    const at = [0, 6, 22, 32][this.#below(4)] as number;
    const { mac, attackerMac } = this.#scene;
    const choice = this.#below(3);
    if (choice === 0) this.#frame.set(mac, at);
    else if (choice === 1) this.#frame.set(this.#pick(CURIOUS_MACS), at);
    else this.#frame.set(attackerMac, at);
  }

  #twistAddress(): void {
    const at = [26, 30, 28, 38][this.#below(4)] as number;
    const { address } = this.#scene;
    const choice = this.#below(4);
    if (choice === 0) this.#frame.set(this.#pick(CURIOUS_ADDRESSES), at);
    else this.#frame.set(address, at);
    // The ends of the station's own network: its name and its broadcast.
    if (choice === 1) this.#frame[at + 3] = 255;
    if (choice === 2) this.#frame[at + 3] = 0;
  }

  #flip(limit: number): void {
    const at = this.#below(limit);
    this.#frame[at] = (this.#frame[at] as number) ^ (1 << this.#below(8));
  }

  #curiousWord(): number {
    const choice = this.#below(4);
    if (choice === 0) return this.#word();
    if (choice === 1) return this.#pick(CURIOUS_WORDS);
    // Around what would be right for the datagram, and for UDP inside of it.
    const right = this.#size - (choice === 2 ? ETHERNET : ETHERNET + IPV4);
    return (right + this.#below(9) - 4) & 0xffff;
  }

  #extendTo(size: number): void {
    const end = Math.min(Math.max(size, this.#size), this.#scene.frameSizeMax);
    this.#random(this.#size, end - this.#size);
    this.#size = end;
  }

  // --- Checksums

  #fixIpv4Checksum(): void {
    const headerSize = ((this.#frame[14] as number) & 15) * 4;
    this.#setWord(24, 0);
    this.#setWord(24, 0xffff - this.#sum(0, ETHERNET, headerSize));
  }

  /** IPv4's, and where the header says that ICMP, UDP or TCP follows, theirs. */
  #fixChecksums(): void {
    if (this.#getWord(12) !== 0x0800) return;
    this.#fixIpv4Checksum();
    const start = ETHERNET + ((this.#frame[14] as number) & 15) * 4;
    const total = Math.min(this.#getWord(16), this.#scene.frameSizeMax - ETHERNET);
    const size = ETHERNET + total - start;
    if (size < 8) return;
    const protocol = this.#frame[23] as number;
    const field = start + (protocol === ICMP ? 2 : protocol === UDP ? 6 : 16);
    if ((protocol !== ICMP && protocol !== UDP && protocol !== TCP) || field + 2 > start + size) {
      return;
    }
    // UDP's own size counts where it has one that can be.
    const own = protocol === UDP ? Math.min(this.#getWord(start + 4), size) : size;
    const pseudo = protocol === ICMP ? 0 : this.#sum(0, 26, 8) + protocol + own;
    this.#setWord(field, 0);
    const sum = 0xffff - this.#sum(pseudo, start, own);
    this.#setWord(field, sum === 0 && protocol === UDP ? 0xffff : sum);
  }

  /** The ones' complement sum of 16-bit words, folded. */
  #sum(before: number, offset: number, size: number): number {
    const frame = this.#frame;
    const end = Math.min(offset + size, frame.length);
    let sum = before;
    for (let at = offset; at < end; at++) {
      sum += ((at - offset) & 1) === 0 ? (frame[at] as number) << 8 : (frame[at] as number);
    }
    while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
    return sum;
  }

  // --- Chance

  /** How many bytes follow headers that take `used` of what a datagram has: mostly few, sometimes all. */
  #dataSize(used: number): number {
    const room = Math.max(0, this.#scene.frameSizeMax - ETHERNET - IPV4 - used);
    const choice = this.#below(100);
    if (choice < 55) return Math.min(room, this.#below(64));
    if (choice < 90) return Math.min(room, this.#below(512));
    if (choice < 95) return this.#below(room + 1);
    return Math.max(0, room - this.#below(3));
  }

  #random(offset: number, size: number): void {
    const end = Math.min(offset + size, this.#frame.length);
    for (let at = offset; at < end; ) {
      const from = this.#below(POOL_SIZE);
      const some = Math.min(end - at, POOL_SIZE - from);
      if (some < 64)
        for (let i = 0; i < some; i++) this.#frame[at + i] = this.#noise[from + i] ?? 0;
      else this.#frame.set(this.#noise.subarray(from, from + some), at);
      at += some;
    }
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#below(list.length)] as T;
  }

  #byte(): number {
    return this.#bits() >>> 24;
  }

  #word(): number {
    return this.#bits() >>> 16;
  }

  #below(limit: number): number {
    return Math.floor((this.#bits() / 2 ** 32) * limit);
  }

  /** sfc32 (Doty-Humphrey): 32 random bits. */
  #bits(): number {
    const state = this.#state;
    const a = state[0] as number;
    const b = state[1] as number;
    const c = state[2] as number;
    const counter = state[3] as number;
    const result = (a + b + counter) >>> 0;
    state[3] = counter + 1;
    state[0] = b ^ (b >>> 9);
    state[1] = c + (c << 3);
    state[2] = ((c << 21) | (c >>> 11)) + result;
    return result;
  }

  #getWord(offset: number): number {
    return ((this.#frame[offset] as number) << 8) | (this.#frame[offset + 1] as number);
  }

  #setWord(offset: number, value: number): void {
    this.#frame[offset] = value >>> 8;
    this.#frame[offset + 1] = value;
  }
}
