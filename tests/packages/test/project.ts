// A folder outside the repository into which packages have been installed.

import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";
import { bareEnvironment, npm } from "./npm.ts";

export interface Project {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Runs `npm install` in an empty folder: names, from the registry, or tarballs. */
export async function install(
  wanted: readonly string[],
  options: readonly string[] = [],
): Promise<Project> {
  const { folder, env } = empty();
  await npm(["install", ...options, ...wanted], folder, env);
  return { folder, env };
}

function empty(): Project {
  const parent = join(inject("folder"), "projects");
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, "project-"));
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  const home = mkdtempSync(join(parent, "home-"));
  return { folder, env: bareEnvironment(home, inject("registry")) };
}
