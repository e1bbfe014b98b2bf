// The one test configuration of all packages. Packages find each other as sources, never as
// builds: a test that loaded `src` of one package and `dist` of another would hold two
// schedulers, and tests need no build but the addon's.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type ViteUserConfig } from "vitest/config";

const root = new URL("../", import.meta.url);

function sourceAliases(): { find: RegExp; replacement: string }[] {
  const aliases: { find: RegExp; replacement: string }[] = [];
  for (const folder of readdirSync(new URL("packages/", root))) {
    const manifest = new URL(`packages/${folder}/package.json`, root);
    if (!existsSync(manifest)) continue;
    const { name, exports } = JSON.parse(readFileSync(manifest, "utf8"));
    for (const [path, target] of Object.entries<{ default?: string }>(exports ?? {})) {
      if (target.default === undefined) continue;
      const source = target.default.replace("./dist/", "src/").replace(/\.js$/, ".ts");
      aliases.push({
        find: new RegExp(`^${name}${path.slice(1)}$`),
        replacement: fileURLToPath(new URL(`packages/${folder}/${source}`, root)),
      });
    }
  }
  return aliases;
}

export function tests(options: ViteUserConfig["test"] = {}): ViteUserConfig {
  return defineConfig({
    resolve: { alias: sourceAliases() },
    test: {
      include: ["test/**/*.test.ts"],
      reporters: ["default", ["json", { outputFile: "test-results/vitest.json" }]],
      testTimeout: 20_000,
      ...options,
    },
  });
}
