// udp-client.mjs ADDRESS SIZE_MIN SIZE_MAX
//
// Sends one datagram of each size to port 7 through a socket of the kernel, the next when the answer has come or a
// second is over; prints the sizes that came back otherwise than they went, as JSON.

import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";

const [address, sizeMin, sizeMax] = process.argv.slice(2);
const socket = createSocket({ type: "udp4", recvBufferSize: 1 << 20 });
socket.connect(7, address);
await once(socket, "connect");
const wrong = [];
let answered = 0;
for (let size = Number(sizeMin); size <= Number(sizeMax); size++) {
  const data = randomBytes(size);
  const answer = once(socket, "message", { signal: AbortSignal.timeout(1000) }).catch(() => [null]);
  socket.send(data);
  const [message] = await answer;
  if (message?.equals(data)) answered += 1;
  else wrong.push(size);
}
socket.close();
process.stdout.write(JSON.stringify({ answered, wrong }));
