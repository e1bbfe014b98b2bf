// A program of a user: knows its devices by name only.

import { block, print, programArguments, run } from "miou-solo5";

await run([block("disk")], function* (disk) {
  const page = new Uint8Array(disk.pageSize).fill(7);
  yield* disk.write(disk.pageSize, page);
  yield* disk.read(disk.pageSize, page.fill(0));
  print(`${disk.capacity / disk.pageSize} pages, ${page[0]}, ${programArguments().join(" ")}\n`);
});
