// What `--help` and `--version` print.

import { readFileSync } from "node:fs";

/** The text of `solo5-node --help`, ending with a newline. */
export const USAGE = `\
solo5-node attaches network and block devices to a miou-solo5 program and runs it.

usage:
  solo5-node [OPTIONS] [--] PROGRAM [ARGS]
  solo5-node tap create IFACE [ADDRESS/PREFIX] [--mtu N] [--user U]
  solo5-node tap delete IFACE

PROGRAM is a .js or .mjs file, or .ts where this Node can run it. It finds ARGS in
programArguments(). Every device it declares must be attached, and the other way round.

options:
  --net:NAME=IFACE            attach the TAP interface IFACE as network device NAME
  --net:NAME=@FD              the same with an inherited, already opened TAP descriptor
  --net-mac:NAME=HWADDR       hardware address the program shall use
                              (default: random, locally administered)
  --block:NAME=PATH           attach a file or block device as block device NAME
  --block-sector-size:NAME=N  bytes of a sector: a power of two >= 512 (default 512)
  --debug                     show the program's lines in errors and reports, and tell of
                              operations that nobody ran; slower
  --help, --version

NAME is 1 to 67 letters and digits; at most 63 devices.

tap create makes a persistent TAP interface and brings it up; ADDRESS/PREFIX (such as
10.0.0.1/24) is the kernel's side. With --user, that user may attach to it without root.

status: the program's own; 1: the set-up is at fault, nothing was started; 255: the program
crashed; 130, 143: ended by SIGINT, SIGTERM.

example:
  sudo solo5-node tap create tap0 10.0.0.1/24 --user "$USER"
  solo5-node --net:service=tap0 --block:disk=disk.img -- server.mjs --verbose
`;

/** This package's version. */
export function version(): string {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return String(manifest.version);
}
