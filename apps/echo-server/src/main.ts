// echo-server [ADDRESS/PREFIX]
//
// Answers ARP requests, ping and UDP echo (port 7) on the network device "service":
//
//   solo5-node --net:service=tap0 -- dist/main.js 10.0.0.2/24

import { net, print, programArguments, run, world } from "miou-solo5";
import { AddressError, formatAddress, type Place, parsePlace } from "./address.ts";
import { report } from "./counters.ts";
import { Responder } from "./responder.ts";
import { serve } from "./server.ts";

const DEFAULT_PLACE = "10.0.0.2/24";
/** What shells give for a wrong command line; 1 is the tender's, for faults of its own set-up. */
const STATUS_USAGE = 2;

const place = readArguments(programArguments());
if (place === null) world().exit(STATUS_USAGE);
else await main(place);

async function main(place: Place): Promise<void> {
  await run([net("service")], function* echoServer(service) {
    const responder = new Responder(service.mac, place);
    print(`echo-server: ${describe(place, service.mac)}, MTU ${service.mtu}\n`);
    try {
      yield* serve(service, responder);
    } finally {
      print(report(responder.counters));
    }
  });
}

function readArguments(words: readonly string[]): Place | null {
  try {
    if (words.length > 1) {
      throw new AddressError(`wanted one argument at most, got ${words.length}`);
    }
    return parsePlace(words[0] ?? DEFAULT_PLACE);
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    print(`echo-server: ${error.message}\nusage: echo-server [ADDRESS/PREFIX]\n`);
    return null;
  }
}

function describe({ address, prefix }: Place, mac: Uint8Array): string {
  const bytes = Array.from(mac, (byte) => byte.toString(16).padStart(2, "0"));
  return `${formatAddress(address)}/${prefix} is at ${bytes.join(":")}`;
}
