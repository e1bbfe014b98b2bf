// tls.mjs KEY CERTIFICATE: the same site over node:https, on port 443 of the device "service".

import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { tcpip } from "@miou-solo5/tcpip";
import { print, programArguments, run } from "miou-solo5";
import { serve, site } from "../../dist/index.js";

const [key, cert] = programArguments().map((path) => readFileSync(path));
const server = createServer({ key, cert }, site);
server.on("tlsClientError", (error) => print(`refused: ${error.code}\n`));

await run([tcpip({ device: "service", address: "10.0.0.2/24" })], function* (ip) {
  print("https-server: 10.0.0.2\n");
  yield* serve(ip, 443, server);
});
