import fc from "fast-check";
import { expect, test } from "vitest";
import {
  ACK,
  FIN,
  isSealed,
  parseSegment,
  Segment,
  SYN,
  sackOptionSize,
  sealSegment,
  TCP_HEADER_SIZE,
  writeMss,
  writeSackPermitted,
  writeSacks,
  writeTcpHeader,
  writeTimestamps,
  writeWindowScale,
} from "../../src/wire.ts";
import { seed } from "./seed.ts";

const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const half = fc.nat(0xffff);

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.replaceAll(" ", "").match(/../g) ?? [], (byte) =>
    Number.parseInt(byte, 16),
  );
}

test("a SYN with Linux's options has the fields that a capture shows", () => {
  const bytes = bytesOf(
    "d431 0050 a1b2c3d4 00000000 a002 faf0 0000 0000 020405b4 0402 080a 12345678 00000000 01 030307",
  );
  const segment = new Segment();
  expect(parseSegment(bytes, 0, bytes.length, segment)).toBe(true);
  expect(segment).toMatchObject({
    sourcePort: 54_321,
    targetPort: 80,
    sequence: 0xa1b2c3d4 | 0,
    acknowledgment: 0,
    flags: SYN,
    window: 64_240,
    textSize: 0,
    maximumSegmentSize: 1460,
    windowScale: 7,
    isSackPermitted: true,
    hasTimestamps: true,
    timestampValue: 0x12345678,
    timestampEcho: 0,
    sackCount: 0,
    length: 1,
  });
});

test("what is built is parsed to the same", () => {
  fc.assert(
    fc.property(
      fc.record({
        ports: fc.tuple(half, half),
        numbers: fc.tuple(word, word),
        flags: fc.nat(0x3f),
        window: half,
        mss: fc.option(fc.integer({ min: 1, max: 0xffff })),
        scale: fc.option(fc.nat(14)),
        permitted: fc.boolean(),
        timestamps: fc.option(fc.tuple(word, word)),
        sacks: fc.array(word, { maxLength: 8 }),
        text: fc.uint8Array({ maxLength: 300 }),
        offset: fc.nat(40),
        pseudoHeader: fc.nat(0x5ffff),
      }),
      (made) => {
        const bytes = new Uint8Array(500).fill(0xee);
        const { offset } = made;
        let at = offset + TCP_HEADER_SIZE;
        if (made.mss !== null) at = writeMss(bytes, at, made.mss);
        if (made.scale !== null) at = writeWindowScale(bytes, at, made.scale);
        if (made.permitted) at = writeSackPermitted(bytes, at);
        if (made.timestamps !== null) at = writeTimestamps(bytes, at, ...made.timestamps);
        const room = offset + 60 - at;
        const blocks = Math.min(made.sacks.length >> 1, Math.max(0, (room - 4) >> 3));
        const sacks = Int32Array.from(made.sacks);
        if (blocks > 0) at = writeSacks(bytes, at, sacks, blocks);
        bytes.set(made.text, at);
        const headerSize = at - offset;
        const size = headerSize + made.text.length;
        writeTcpHeader(
          bytes,
          offset,
          ...made.ports,
          ...made.numbers,
          headerSize,
          made.flags,
          made.window,
        );
        sealSegment(bytes, offset, size, made.pseudoHeader);

        const segment = new Segment();
        expect(parseSegment(bytes, offset, size, segment)).toBe(true);
        expect(isSealed(bytes, offset, size, made.pseudoHeader)).toBe(true);
        expect([segment.sourcePort, segment.targetPort]).toEqual(made.ports);
        expect([segment.sequence, segment.acknowledgment]).toEqual(made.numbers);
        expect([segment.flags, segment.window]).toEqual([made.flags, made.window]);
        expect(segment.maximumSegmentSize).toBe(made.mss ?? 0);
        expect(segment.windowScale).toBe(made.scale ?? -1);
        expect(segment.isSackPermitted).toBe(made.permitted);
        expect(segment.hasTimestamps).toBe(made.timestamps !== null);
        const [value, echo] = made.timestamps ?? [0, 0];
        expect([segment.timestampValue, segment.timestampEcho]).toEqual([value, echo]);
        expect(segment.sackCount).toBe(blocks);
        expect(segment.sacks.slice(0, 2 * blocks)).toEqual(sacks.slice(0, 2 * blocks));
        expect(sackOptionSize(blocks)).toBe(blocks === 0 ? 0 : 4 + 8 * blocks);
        const { textOffset, textSize } = segment;
        expect(segment.bytes.slice(textOffset, textOffset + textSize)).toEqual(made.text);
        const flags = (made.flags & SYN ? 1 : 0) + (made.flags & FIN ? 1 : 0);
        expect(segment.length).toBe(made.text.length + flags);
      },
    ),
    { seed, numRuns: 500 },
  );
});

test("a flipped bit breaks the checksum", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 20, maxLength: 200 }), fc.nat(), (bytes, position) => {
      bytes.fill(0, 16, 18);
      sealSegment(bytes, 0, bytes.length, 77);
      expect(isSealed(bytes, 0, bytes.length, 77)).toBe(true);
      const bit = position % (bytes.length * 8);
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(isSealed(bytes, 0, bytes.length, 77)).toBe(false);
    }),
    { seed },
  );
});

test("any bytes are parsed without an exception, and without a look outside their range", () => {
  const outside = (bytes: Uint8Array, from: number, to: number): Uint8Array =>
    new Proxy(bytes, {
      get(target, key) {
        const index = typeof key === "string" ? Number(key) : Number.NaN;
        if (Number.isInteger(index) && (index < from || index >= to)) {
          throw new Error(`byte ${index} was read, outside ${from} to ${to}`);
        }
        return Reflect.get(target, key, target);
      },
    });
  const segment = new Segment();
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 0, maxLength: 80 }),
      fc.nat(15),
      fc.nat(10),
      (content, headerWords, offset) => {
        if (content.length > 12) content[12] = headerWords << 4;
        const bytes = new Uint8Array(100);
        bytes.set(content, offset);
        const watched = outside(bytes, offset, offset + content.length);
        const isSegment = parseSegment(watched, offset, content.length, segment);
        expect(isSegment).toBe(content.length >= Math.max(20, headerWords * 4) && headerWords >= 5);
        if (!isSegment) return;
        expect(segment.textOffset).toBeGreaterThanOrEqual(offset + 20);
        expect(segment.textOffset + segment.textSize).toBe(offset + content.length);
        expect(segment.sackCount).toBeLessThanOrEqual(4);
        expect(segment.windowScale).toBeLessThanOrEqual(14);
      },
    ),
    { seed, numRuns: 2000 },
  );
});

function options(hex: string): Segment {
  const list = bytesOf(hex);
  const headerSize = 20 + Math.ceil(list.length / 4) * 4;
  const bytes = new Uint8Array(headerSize);
  writeTcpHeader(bytes, 0, 1, 2, 3, 4, headerSize, ACK, 5);
  bytes.set(list, 20);
  const segment = new Segment();
  expect(parseSegment(bytes, 0, headerSize, segment)).toBe(true);
  return segment;
}

test("an option of no size ends the list, and those before it count", () => {
  expect(options("0204 05b4 0500 0402")).toMatchObject({
    maximumSegmentSize: 1460,
    isSackPermitted: false,
  });
  expect(options("0201 0402")).toMatchObject({ maximumSegmentSize: 0, isSackPermitted: false });
});

test("an option that runs over the header's end is not read", () => {
  expect(options("0402 0822 01020304 05060708")).toMatchObject({
    isSackPermitted: true,
    hasTimestamps: false,
  });
  expect(options("010101 02")).toMatchObject({ maximumSegmentSize: 0 });
});

test("options of a wrong size, unknown ones and what stands behind the end are passed over", () => {
  expect(options("0203 05 fd04 aabb 030404 07 0402")).toMatchObject({
    maximumSegmentSize: 0,
    windowScale: -1,
    isSackPermitted: true,
  });
  expect(options("00 0402 01")).toMatchObject({ isSackPermitted: false });
  expect(options("0507 00000001 01 050a 00000001 00000002")).toMatchObject({ sackCount: 1 });
});

test("a window scale above 14 counts as 14", () => {
  expect(options("0303ff")).toMatchObject({ windowScale: 14 });
});
