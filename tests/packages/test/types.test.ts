// Types in an installed project, under the settings that users have.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { readmeExamples } from "../../../tooling/readme-example.ts";
import { entriesOf } from "../../repository/test/packages.ts";
import { install, type Project } from "./project.ts";
import { isForNode, type Surroundings, typeErrors } from "./types.ts";

const tarballs = inject("tarballs");
const names = tarballs.map(({ name }) => name);
const specifiers = tarballs.flatMap(({ name, manifest }) =>
  entriesOf({ folder: "", manifest }).map(({ entry }) => `${name}${entry.slice(1)}`),
);
/** A program that reads every declaration; of an entry for Node only where Node's types are there. */
function everyEntry(node: boolean): string {
  return specifiers
    .filter((specifier) => node || !isForNode(specifier))
    .map((specifier, index) => `export * as entry${index} from "${specifier}";\n`)
    .join("");
}

let project: Project;
beforeAll(async () => {
  project = await install(names);
});

describe("every entry, and every declaration that it reads", () => {
  const all: Surroundings[] = [
    { resolution: "nodenext", node: false, dom: false },
    { resolution: "nodenext", node: true, dom: false },
    { resolution: "nodenext", node: false, dom: true },
    { resolution: "nodenext", node: true, dom: true },
    { resolution: "bundler", node: false, dom: false },
    { resolution: "bundler", node: true, dom: true },
  ];
  const titled = all.map((one) => {
    const node = one.node ? "with" : "without";
    const dom = one.dom ? "with" : "without";
    return [`${one.resolution}, ${node} Node's types, ${dom} the DOM's`, one] as const;
  });

  test.each(titled)("type-checks under %s", (_, surroundings) => {
    expect(specifiers.length).toBeGreaterThan(names.length);
    const every = everyEntry(surroundings.node);
    expect(typeErrors(project.folder, { every }, surroundings)).toEqual([]);
  });
});

describe("what would be wrong is noticed:", () => {
  test("a name that an entry doesn't export", () => {
    const text = 'import { nothing } from "@miou-solo5/pqueue";\nexport { nothing };\n';
    expect(typeErrors(project.folder, { wrong: text })).toEqual([
      expect.stringContaining("has no exported member 'nothing'"),
    ]);
  });

  test("a path that no entry opens", () => {
    const text = 'export * from "@miou-solo5/pqueue/dist/index.js";\n';
    expect(typeErrors(project.folder, { wrong: text })).toHaveLength(1);
  });

  test("a declaration that names what ES2023 lacks", () => {
    const file = join(project.folder, "node_modules/@miou-solo5/bigstring/dist/index.d.ts");
    const before = readFileSync(file, "utf8");
    try {
      writeFileSync(file, `${before}\nexport declare const wrong: Document;\n`);
      const text = 'export * from "@miou-solo5/bigstring";\n';
      expect(typeErrors(project.folder, { wrong: text })).toEqual([
        expect.stringMatching(/dist\/index\.d\.ts:\d+ Cannot find name 'Document'/),
      ]);
    } finally {
      writeFileSync(file, before);
    }
  });
});

test("the examples of every README type-check as a user's modules", () => {
  const examples = names.flatMap((name) => {
    const readme = new URL(`file://${project.folder}/node_modules/${name}/README.md`);
    return existsSync(readme)
      ? readmeExamples(readme).map(({ title, code }) => {
          return [`${name} ${title}`.replaceAll(/\W/g, "-"), code] as const;
        })
      : [];
  });
  expect(examples.length).toBeGreaterThanOrEqual(6);
  const modules = Object.fromEntries(examples);
  expect(typeErrors(project.folder, modules, { node: true })).toEqual([]);
});
