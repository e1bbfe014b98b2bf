// ECMAScript and nothing else: evaluated in a realm before anything of ours is there.

/** What a host adds to a realm. */
const HOST_NAMES = [
  ...["console", "performance", "queueMicrotask", "DOMException", "atob", "btoa", "WebAssembly"],
  ...["Intl", "navigator", "structuredClone"],
];

/** What other hosts have, or this one in its own realm. */
const MORE_HOST_NAMES = [
  ...["process", "Buffer", "setTimeout", "setInterval", "setImmediate", "clearTimeout", "fetch"],
  ...[
    "AbortController",
    "AbortSignal",
    "TextEncoder",
    "TextDecoder",
    "crypto",
    "URL",
    "window",
    "self",
  ],
  ...["require", "module", "Deno", "Bun", "WebSocket", "requestAnimationFrame", "postMessage"],
];

/** Takes away what is no ECMAScript, and what would make two runs differ. */
export const BARE = `
  for (const name of ${JSON.stringify(HOST_NAMES)}) delete globalThis[name];
  Date.now = Math.random = () => { throw new Error("not from the seed"); };
`;

/** No built-in object can be changed any more; names can still be added to the global one. */
export const FROZEN = `
  {
    const seen = new Set([globalThis]);
    const freeze = (value) => {
      if ((typeof value !== "object" && typeof value !== "function") || value === null) return;
      if (seen.has(value)) return;
      seen.add(value);
      Object.freeze(value);
      freeze(Object.getPrototypeOf(value));
      for (const key of Reflect.ownKeys(value)) {
        const { value: inner, get, set } = Object.getOwnPropertyDescriptor(value, key);
        for (const one of [inner, get, set]) freeze(one);
      }
    };
    for (const name of Object.getOwnPropertyNames(globalThis)) freeze(globalThis[name]);
    for (const made of [function* () {}, async function () {}, [].values(), new Map().values()]) {
      freeze(Object.getPrototypeOf(made));
    }
  }
`;

/** Notes in `lookups` which of a host's names are looked for. They are not there. */
export const HOST_LOOKUPS = `
  globalThis.lookups = [];
  for (const name of ${JSON.stringify([...HOST_NAMES, ...MORE_HOST_NAMES])})
    Object.defineProperty(globalThis, name, { configurable: true, get: () => void lookups.push(name) });
`;

/** The global names of the language and of the bundle, as one text. */
export const GLOBALS = "Reflect.ownKeys(globalThis).map(String).sort().join(' ')";

export function startOf(name, seed) {
  return `portability.start(${JSON.stringify(name)}, ${seed})`;
}
