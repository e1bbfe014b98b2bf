// What the command solo5-node runs: see bin/solo5-node.mjs.
import { solo5Node } from "./solo5-node.ts";

// Not awaited: Node would warn of a program that never settles in words of its own.
void solo5Node(process.argv.slice(2));
