// Lets a child process import the sources as they are: types are stripped, and the
// workspace's packages are their sources. `node --import load-typescript.mjs ...`
import { register } from "node:module";

register(import.meta.url.replace("load-typescript.mjs", "typescript-hooks.mjs"));
