// Options and hardware addresses, against readers written apart from the code. Both are tried where they are read, not
// through `host()`, which would go on to attach what is named. SEED=<n> repeats a run.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BindingsError } from "../src/index.ts";
import { localMac, parseMac } from "../src/mac.ts";
import { type HostOptions, type Planned, plan } from "../src/options.ts";
import { seed } from "./seed.ts";

const settings = { seed, numRuns: 5000 };
const HEX = "0123456789abcdef";

/** The bytes of a hardware address, or null: a walk over the letters. */
function readMac(text: string): number[] | null {
  const bytes: number[] = [];
  for (let at = 0; at < 17; at += 3) {
    const high = HEX.indexOf(text.charAt(at).toLowerCase() || "x");
    const low = HEX.indexOf(text.charAt(at + 1).toLowerCase() || "x");
    if (high < 0 || low < 0) return null;
    bytes.push(high * 16 + low);
    const after = text.charAt(at + 2);
    if (at < 15 ? after !== ":" && after !== "-" : text.length !== 17) return null;
  }
  const isGroup = (bytes[0] as number) % 2 === 1;
  return isGroup || bytes.every((byte) => byte === 0) ? null : bytes;
}

const byteText = fc.integer({ min: 0, max: 255 }).chain((byte) => {
  const text = byte.toString(16).padStart(2, "0");
  return fc.constantFrom(text, text.toUpperCase());
});
const macLike = fc
  .tuple(fc.array(byteText, { minLength: 5, maxLength: 7 }), fc.constantFrom(":", "-", ":", "."))
  .map(([parts, separator]) => parts.join(separator));
/** Texts near those of a grammar: letters are taken out, put in and exchanged. */
const damaged = (texts: fc.Arbitrary<string>, letters: string): fc.Arbitrary<string> =>
  fc
    .tuple(
      texts,
      fc.array(fc.tuple(fc.nat(20), fc.nat(2), fc.constantFrom(...letters, "ſ", "\0", "é", "🙂"))),
    )
    .map(([text, changes]) =>
      changes.slice(0, 2).reduce((changed, [at, how, letter]) => {
        const rest = changed.slice(how === 0 ? at : at + 1);
        return changed.slice(0, at) + (how === 2 ? "" : letter) + rest;
      }, text),
    );

describe("a hardware address", () => {
  test("is read as its six bytes, or refused with what is wrong", () => {
    const texts = fc.oneof(macLike, damaged(macLike, "0afFgG:- "), fc.string({ unit: "binary" }));
    let sound = 0;
    fc.assert(
      fc.property(texts, (text) => {
        const wanted = readMac(text);
        const got = parseMac(text, "service");
        if (wanted !== null) {
          sound++;
          expect(got).toEqual(Uint8Array.from(wanted));
          return;
        }
        expect(got).toBeInstanceOf(BindingsError);
        const error = got as BindingsError;
        expect(error).toMatchObject({ code: "ERR_SOLO5_INVALID_ARGUMENT", device: "service" });
        expect(error.message).toContain(
          `net device service: the hardware address ${JSON.stringify(text)} `,
        );
      }),
      settings,
    );
    expect(sound).toBeGreaterThan(settings.numRuns / 50);
  });

  test("is no value of another type", () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true }), (value) => {
        fc.pre(typeof value !== "string");
        expect(parseMac(value, "service")).toMatchObject({ code: "ERR_SOLO5_INVALID_ARGUMENT" });
      }),
      settings,
    );
  });

  test("made of any random bytes is local, of one station, and read back the same", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (random) => {
        const mac = localMac(random);
        expect((mac[0] as number) & 3).toBe(2);
        expect([...mac.slice(1)]).toEqual([...random.slice(1)]);
        const text = Array.from(mac, (byte) => byte.toString(16).padStart(2, "0")).join(":");
        expect(parseMac(text, "service")).toEqual(mac);
      }),
      settings,
    );
  });
});

const NAME = fc.oneof(
  fc.stringMatching(/^[a-zA-Z0-9]{1,12}$/),
  fc.constantFrom("constructor", "hasOwnProperty", "toString", "a".repeat(67), "a".repeat(68), ""),
  fc.string({ maxLength: 5 }),
);
const VALUE = fc.oneof(
  fc.anything({ withBigInt: true, withNullPrototype: true, withTypedArray: true, maxDepth: 2 }),
  fc.constantFrom("tap0", "tap0\0", "", "/dev/null", -1, 0, 3, 1.5, 2 ** 31, Number.NaN, 512, 4096),
  fc.constantFrom(true, false, undefined, null),
);
const TAP = fc.oneof(
  fc.constantFrom("tap0", "tap1", "tap2"),
  fc.string({ unit: "binary", maxLength: 20 }),
);
const MAC = fc.constantFrom("02:00:00:00:00:01", "02-00-00-00-00-ff", "01:00:00:00:00:01", "x");
const NET = fc.oneof(
  fc.record({ tap: TAP, mac: MAC }, { requiredKeys: ["tap"] }),
  fc.record({ fd: fc.integer({ min: -1, max: 9 }), mac: MAC }, { requiredKeys: ["fd"] }),
  fc.record({ tap: VALUE, fd: VALUE, mac: VALUE, mtu: VALUE }, { requiredKeys: [] }),
  VALUE,
);
const BLOCK = fc.oneof(
  fc.record(
    {
      path: fc.string({ minLength: 1 }),
      blockSize: fc.constantFrom(512, 513, 4096),
      readOnly: fc.boolean(),
    },
    { requiredKeys: ["path"] },
  ),
  fc.record(
    { path: VALUE, blockSize: VALUE, readOnly: VALUE, readonly: VALUE },
    { requiredKeys: [] },
  ),
  VALUE,
);
const OPTIONS = fc.record(
  {
    net: fc.dictionary(NAME, NET, { maxKeys: 5 }),
    block: fc.dictionary(NAME, BLOCK, { maxKeys: 5 }),
  },
  { requiredKeys: [] },
);

function isName(name: string): boolean {
  const letters = [...name];
  return (
    letters.length > 0 &&
    letters.length < 68 &&
    letters.every((letter) => /[0-9A-Za-z]/.test(letter))
  );
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What must come of a network device's description, `taken` being those described well before; null for a fault. */
function readNet(name: string, entry: unknown, taken: Set<string>): unknown {
  if (!isName(name) || !isPlain(entry)) return null;
  if (Object.keys(entry).some((key) => key !== "tap" && key !== "fd" && key !== "mac")) return null;
  const { tap, fd, mac } = entry;
  const hasTap = tap !== undefined;
  if (hasTap === (fd !== undefined)) return null;
  const bytes = mac === undefined ? undefined : typeof mac === "string" ? readMac(mac) : null;
  if (bytes === null) return null;
  if (hasTap && (typeof tap !== "string" || tap.includes("\0"))) return null;
  if (!hasTap && !(typeof fd === "number" && fd >= 0 && fd < 2 ** 31 && fd % 1 === 0)) return null;
  const key = hasTap ? `tap ${tap}` : `fd ${fd}`;
  if (taken.has(key)) return null;
  taken.add(key);
  const from = hasTap ? { tap } : { fd };
  return { kind: "net", name, from, mac: bytes === undefined ? undefined : Uint8Array.from(bytes) };
}

function readBlock(name: string, entry: unknown): unknown {
  if (!isName(name) || !isPlain(entry)) return null;
  const known = ["path", "blockSize", "readOnly"];
  if (Object.keys(entry).some((key) => !known.includes(key))) return null;
  const { path, blockSize = 512, readOnly = false } = entry;
  if (typeof path !== "string" || path.length === 0 || path.includes("\0")) return null;
  // Which sizes a device can have is the C library's to say.
  if (!Number.isSafeInteger(blockSize) || typeof readOnly !== "boolean") return null;
  return { kind: "block", name, path, blockSize, readOnly };
}

describe("the options of a host", () => {
  test("are planned device by device, each as it is described or with its own fault", () => {
    let sound = 0;
    fc.assert(
      fc.property(OPTIONS, (options) => {
        const before = rendered(options);
        const planned: readonly Planned[] = plan(options as HostOptions);
        const taken = new Set<string>();
        const wanted = [
          ...Object.entries(options.net ?? {}).map(([name, entry]) => readNet(name, entry, taken)),
          ...Object.entries(options.block ?? {}).map(([name, entry]) => readBlock(name, entry)),
        ];
        const names = [...Object.keys(options.net ?? {}), ...Object.keys(options.block ?? {})];
        expect(planned.length).toBe(wanted.length);
        for (const [index, device] of planned.entries()) {
          if (wanted[index] !== null) {
            sound++;
            expect(device).toEqual(wanted[index]);
            continue;
          }
          expect(device).toBeInstanceOf(BindingsError);
          const { code, device: name, message } = device as BindingsError;
          expect(["ERR_SOLO5_INVALID_ARGUMENT", "ERR_SOLO5_BUSY"]).toContain(code);
          expect(name).toBe(names[index]);
          expect(message).toMatch(
            /wanted|must|options are|named by|already|attached|is a|is all|got /,
          );
        }
        expect(rendered(options)).toEqual(before);
      }),
      settings,
    );
    expect(sound).toBeGreaterThan(settings.numRuns / 20);
  });

  test("of any form give a plan or an error of ours, and nothing else happens", () => {
    const groups = {
      net: VALUE,
      block: VALUE,
      arguments: VALUE,
      console: VALUE,
      exit: VALUE,
      tap: VALUE,
    };
    fc.assert(
      fc.property(fc.oneof(fc.record(groups, { requiredKeys: [] }), VALUE), (options) => {
        try {
          for (const device of plan(options as HostOptions)) {
            expect(device instanceof BindingsError || "kind" in device).toBe(true);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(BindingsError);
          expect(error).toMatchObject({ code: "ERR_SOLO5_INVALID_ARGUMENT" });
          expect((error as BindingsError).message).toMatch(/, got /);
        }
      }),
      settings,
    );
  });
});

/** A rendering that tells a change of the options: nothing in them may be touched. */
function rendered(options: unknown): string {
  return fc.stringify(options);
}
