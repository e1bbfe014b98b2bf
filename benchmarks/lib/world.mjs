// The world of the rows without devices: the host, as a program in Node has it.
import { run } from "miou-solo5";
import { host } from "miou-solo5/host";

export function inWorld(main) {
  const solo5 = host({});
  return run([], main, { solo5 }).finally(() => solo5.close());
}
