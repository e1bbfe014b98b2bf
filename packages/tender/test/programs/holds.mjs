// Holds the network device "service" until it is ended; then says how many frames it has read.
import { net, print, run } from "miou-solo5";

await run([net("service")], function* main(service) {
  const frame = new Uint8Array(service.frameSizeMax);
  let count = 0;
  print("ready\n");
  try {
    for (;;) {
      yield* service.read(frame);
      if (++count === 1) print("frame\n");
    }
  } finally {
    print(`read ${count > 0 ? "some" : "none"}\n`);
  }
});
