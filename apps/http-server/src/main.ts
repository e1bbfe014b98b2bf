// http-server [ADDRESS/PREFIX [GATEWAY]]
//
// Node's own HTTP server, on the network device "service":
//
//   solo5-node --net:service=tap0 -- dist/main.js 10.0.0.2/24

import { createServer } from "node:http";
import { formatAddress, type Stack, TcpipError, tcpip } from "@miou-solo5/tcpip";
import { type Device, print, programArguments, run, world } from "miou-solo5";
import { serve } from "./server.ts";
import { site } from "./site.ts";

const DEFAULT_PLACE = "10.0.0.2/24";
const PORT = 80;
/** What shells give for a wrong command line; 1 is the tender's, for faults of its own set-up. */
const STATUS_USAGE = 2;

const stack = readArguments(programArguments());
if (stack === null) world().exit(STATUS_USAGE);
else await main(stack);

async function main(device: Device<Stack>): Promise<void> {
  const server = createServer(site);
  await run([device], function* httpServer(ip) {
    print(`http-server: http://${formatAddress(ip.address)}/, MTU ${ip.mtu}\n`);
    yield* serve(ip, PORT, server);
  });
}

function readArguments(words: readonly string[]): Device<Stack> | null {
  const [address = DEFAULT_PLACE, gateway] = words;
  try {
    if (words.length > 2) {
      throw new TcpipError(
        "ERR_SOLO5_INVALID_ARGUMENT",
        `wanted two arguments at most, got ${words.length}`,
      );
    }
    return tcpip({ device: "service", address, ...(gateway === undefined ? {} : { gateway }) });
  } catch (error) {
    if (!(error instanceof TcpipError)) throw error;
    print(`http-server: ${error.message}\nusage: http-server [ADDRESS/PREFIX [GATEWAY]]\n`);
    return null;
  }
}
