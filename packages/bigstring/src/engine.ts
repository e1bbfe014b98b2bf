// What a host offers beyond ECMAScript, found once when the module loads and never required. Node,
// Deno and Bun have these methods on the prototype of their Buffer; they accept any Uint8Array as
// `this`. Node documents none of the Latin-1 pair, so each is tried on bytes before it is trusted.

type Latin1Write = (this: Uint8Array, text: string, offset: number, size: number) => number;
type Latin1Slice = (this: Uint8Array, start: number, end: number) => string;
type Compare = (
  this: Uint8Array,
  other: Uint8Array,
  otherStart: number,
  otherEnd: number,
  start: number,
  end: number,
) => number;

interface HostBuffer {
  readonly prototype?: {
    readonly latin1Write?: Latin1Write;
    readonly latin1Slice?: Latin1Slice;
    readonly compare?: Compare;
  };
}

const methods = (globalThis as { readonly Buffer?: HostBuffer }).Buffer?.prototype;

/** Writes `size` code units, all below 256, as bytes. */
export const hostLatin1Write: Latin1Write | undefined = trusted(methods?.latin1Write, (method) => {
  const bytes = new Uint8Array(4);
  method.call(bytes, "\u00e9\u0000", 1, 2);
  return bytes.join() === "0,233,0,0";
});

/** The bytes from `start` to before `end` as code units. */
export const hostLatin1Slice: Latin1Slice | undefined = trusted(
  methods?.latin1Slice,
  (method) => method.call(new Uint8Array([1, 0, 233, 2]), 1, 3) === "\u0000\u00e9",
);

/** memcmp of two ranges. */
export const hostCompare: Compare | undefined = trusted(methods?.compare, (method) => {
  const high = new Uint8Array([9, 1, 255]);
  const low = new Uint8Array([1, 2]);
  return method.call(high, low, 0, 2, 1, 3) > 0 && method.call(low, high, 1, 2, 0, 1) === 0;
});

function trusted<Method>(
  method: Method | undefined,
  works: (method: Method) => boolean,
): Method | undefined {
  if (method === undefined) return undefined;
  try {
    return works(method) ? method : undefined;
  } catch {
    // A host whose method wants something else than documented here is a host without it.
    return undefined;
  }
}
