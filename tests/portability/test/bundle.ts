// One script for all engines: scenarios, tests of packages and programs, from the sources.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build, type Plugin } from "esbuild";

export const root = fileURLToPath(new URL("../../../", import.meta.url));
const here = fileURLToPath(new URL("../", import.meta.url));

const COMMON = {
  absWorkingDir: root,
  bundle: true,
  platform: "neutral",
  mainFields: ["module", "main"],
  target: "es2023",
  // Packages find each other as sources, as in every other test.
  tsconfig: join(root, "tsconfig.base.json"),
  write: false,
  logLevel: "silent",
} satisfies BuildOptions;

export interface BundleOptions {
  /** Files of tests, from the repository's root. */
  readonly suites?: readonly string[];
  /** The modules that are programs, from the repository's root, by name. */
  readonly programs?: Readonly<Record<string, string>>;
}

/**
 * The text of a script that defines `portability`: `names` of all scenarios, and `start(name, seed)`, which gives
 * a `Progress`.
 */
export async function bundle({ suites = [], programs = {} }: BundleOptions = {}): Promise<string> {
  const missing = [...suites, ...Object.values(programs)].filter((p) => !existsSync(join(root, p)));
  if (missing.length > 0) throw new Error(`no such file: ${missing.join(", ")}`);
  const imports = suites.map((path) => `${JSON.stringify(path)}: () => import("./${path}"),`);
  const contents = `
    import { player } from ${JSON.stringify(join(here, "scenarios/index.ts"))};
    const programs = {};
    const { names, start } = player({ ${imports.join("\n")} }, programs);
    export { names, programs, start };
  `;
  const texts = await Promise.all(
    Object.entries(programs).map(async ([name, path]) => {
      // A program awaits its run, as only a module or an async function can; it neither imports nor exports. Where a
      // module lies is a host's affair.
      const define = { "import.meta.url": JSON.stringify(name) };
      const text = await textOf({ entryPoints: [path], format: "esm", define });
      return `portability.programs[${JSON.stringify(name)}] = async () => {\n${text}};\n`;
    }),
  );
  const script = await textOf({
    stdin: { contents, resolveDir: root, loader: "ts" },
    format: "iife",
    globalName: "portability",
    define: { "process.env": "{}" },
    drop: ["console"],
    plugins: [recorder],
  });
  return script + texts.join("");
}

async function textOf(options: BuildOptions): Promise<string> {
  const { outputFiles = [] } = await build({ ...COMMON, ...options, write: false });
  return outputFiles[0]?.text ?? "";
}

const SIM = join(root, "packages/sim/src/index.ts");
const isTest = (path: string): boolean => /\/(packages|apps)\/[^/]+\/test\//.test(path);

/** Tests get the recorder's vitest and sim, and one seed; beside that an empty environment, and nobody to print for. */
const recorder: Plugin = {
  name: "recorder",
  setup(builder) {
    builder.onResolve({ filter: /^vitest$/ }, () => ({ path: join(here, "recorder/vitest.ts") }));
    builder.onResolve({ filter: /^(@miou-solo5\/sim|\.\.\/src\/index\.ts)$/ }, (args) => {
      const path = args.path.startsWith(".") ? join(args.resolveDir, args.path) : SIM;
      if (path !== SIM || !isTest(args.importer)) return undefined;
      return { path: join(here, "recorder/sim.ts") };
    });
    builder.onLoad({ filter: /\/test\/(\w+\/)*seed\.ts$/ }, () => ({
      contents: "export const seed = 1;",
    }));
  },
};
