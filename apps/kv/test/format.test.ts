// What lies on the disk, byte by byte.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { crc32c } from "../src/crc32c.ts";
import { encodeRecord, type FoundRecord, RecordReader } from "../src/record.ts";
import { compareUtf8, decodeUtf8, encodeUtf8 } from "../src/utf8.ts";
import { newDisk, seed, withStore } from "./machine.ts";
import { bytesOf } from "./text.ts";

const check = <T>(property: fc.IProperty<T>) => fc.assert(property, { seed });
const anyText = fc.string({ unit: "binary", maxLength: 40 });

test("CRC-32C gives the sums of RFC 3720, appendix B.4", () => {
  const zeroes = new Uint8Array(32);
  expect(crc32c(zeroes)).toBe(0x8a91_36aa);
  expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8_ab43);
  expect(crc32c(Uint8Array.from(zeroes, (_, i) => i))).toBe(0x46dd_794e);
  expect(crc32c(Uint8Array.from(zeroes, (_, i) => 31 - i))).toBe(0x113f_db5c);
  expect(crc32c(bytesOf("-123456789-"), 1, 10)).toBe(0xe306_9283);
});

describe("UTF-8", () => {
  test("is what every other encoder says", () => {
    check(
      fc.property(anyText, (text) => {
        expect(encodeUtf8(text)).toEqual(new TextEncoder().encode(text));
        expect(decodeUtf8(new TextEncoder().encode(text))).toBe(text);
      }),
    );
  });

  test("is decoded where it is well-formed, and only there", () => {
    const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const byte = fc.oneof(
      fc.integer({ min: 0, max: 255 }),
      fc.constantFrom(0x80, 0xc0, 0xed, 0xf4),
    );
    check(
      fc.property(fc.uint8Array({ maxLength: 6 }), fc.array(byte, { maxLength: 6 }), (a, b) => {
        for (const bytes of [a, Uint8Array.from(b)]) {
          let wanted: string | null = null;
          try {
            wanted = strict.decode(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(TypeError);
          }
          expect(decodeUtf8(bytes)).toBe(wanted);
        }
      }),
    );
  });

  test("orders texts as their bytes are ordered", () => {
    check(
      fc.property(anyText, anyText, (a, b) => {
        const wanted = Buffer.compare(Buffer.from(a), Buffer.from(b));
        expect(Math.sign(compareUtf8(a, b))).toBe(wanted);
      }),
    );
  });

  test("has no half of a surrogate pair", () => {
    expect(encodeUtf8("a\ud800b")).toBe(null);
    expect(encodeUtf8("\udc00")).toBe(null);
  });
});

test("records are read from pieces of any size", () => {
  const change = fc.record({ key: anyText, value: fc.option(fc.uint8Array({ maxLength: 50 })) });
  check(
    fc.property(fc.array(change), fc.integer({ min: 1, max: 60 }), (changes, pieceSize) => {
      const wanted: FoundRecord[] = [];
      const bytes: number[] = [];
      for (const { key, value } of changes) {
        const keySize = bytesOf(key).length;
        bytes.push(...encodeRecord(bytesOf(key), value));
        const valueSize = value?.length ?? 0;
        wanted.push({ key, keySize, at: value && 1000 + bytes.length - valueSize, valueSize });
      }
      bytes.push(0, 0, 0);
      const reader = new RecordReader();
      for (let at = 0; at < bytes.length; at += pieceSize) {
        reader.feed(Uint8Array.from(bytes.slice(at, at + pieceSize)), 1000 + at);
      }
      expect(reader.records).toEqual(wanted);
      expect(reader.isWhole).toBe(true);
    }),
  );
});

test("what is no record is refused, and one that is cut short is not whole", () => {
  const record = encodeRecord(bytesOf("key"), bytesOf("value"));
  const feed = (bytes: Uint8Array) => () => {
    const reader = new RecordReader();
    reader.feed(bytes, 0);
    return reader.isWhole;
  };
  for (let size = 1; size < record.length; size++) {
    expect(feed(record.subarray(0, size))()).toBe(false);
  }
  expect(feed(record)()).toBe(true);
  for (const [at, byte] of [
    [0, 3],
    [0, 2],
    [1, 200],
    [7, 0xff],
  ] as const) {
    const wrong = record.slice();
    wrong[at] = byte;
    expect(feed(wrong)).toThrow(RangeError);
  }
});

test("a new store with one key is, byte by byte, what the README says", async () => {
  const disk = newDisk();
  await withStore(disk, (store) => store.set("k", bytesOf("v")));
  const page = new Uint8Array(512);
  const hex = (from: number, to: number) => Buffer.from(page.subarray(from, to)).toString("hex");
  disk.read(0, page);
  // Mark, version 1, pages of 512 bytes, 100 of them; then the store's number.
  expect(hex(0, 20)).toBe("6d696f752d6b7600" + "00000001" + "00000200" + "00000064");
  const store = hex(20, 28);
  // Serial 2, log 1, no page yet.
  expect(hex(28, 40)).toBe("00000002" + "00000001" + "00000000");
  expect(Number.parseInt(hex(60, 64), 16)).toBe(crc32c(page, 0, 60));
  disk.read(51 * 512, page);
  expect(Number.parseInt(hex(0, 4), 16)).toBe(crc32c(page, 4));
  expect(hex(4, 16)).toBe(`00000001${store}`);
  // Page 0, of a batch that begins at page 0 and has one; behind the header one record, and zeroes.
  expect(hex(24, 36)).toBe("00000000" + "00000000" + "00000001");
  expect(hex(36, 45)).toBe("01" + "0001" + "00000001" + "6b" + "76");
  expect(page.subarray(45).every((byte) => byte === 0)).toBe(true);
});
