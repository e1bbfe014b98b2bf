// echo-server [ADDRESS/PREFIX [GATEWAY]]
//
// Answers ARP requests and ping, and echoes UDP and TCP (port 7), on the network device "service":
//
//   solo5-node --net:service=tap0 -- dist/main.js 10.0.0.2/24

import { formatAddress, type Stack, TcpipError, tcpip } from "@miou-solo5/tcpip";
import { type Device, print, programArguments, run, world } from "miou-solo5";
import { Echoed, report } from "./echoed.ts";
import { serve } from "./server.ts";

const DEFAULT_PLACE = "10.0.0.2/24";
/** What shells give for a wrong command line; 1 is the tender's, for faults of its own set-up. */
const STATUS_USAGE = 2;

const stack = readArguments(programArguments());
if (stack === null) world().exit(STATUS_USAGE);
else await main(stack);

async function main(device: Device<Stack>): Promise<void> {
  await run([device], function* echoServer(ip) {
    const echoed = new Echoed();
    print(`echo-server: ${describe(ip)}\n`);
    try {
      yield* serve(ip, echoed);
    } finally {
      print(report(ip.counters, echoed));
    }
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
    print(`echo-server: ${error.message}\nusage: echo-server [ADDRESS/PREFIX [GATEWAY]]\n`);
    return null;
  }
}

function describe({ address, prefix, mac, mtu }: Stack): string {
  const bytes = Array.from(mac, (byte) => byte.toString(16).padStart(2, "0"));
  return `${formatAddress(address)}/${prefix} is at ${bytes.join(":")}, MTU ${mtu}`;
}
