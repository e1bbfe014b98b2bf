// What the row "start-up" starts: a program that reads one frame and ends.
import { net, run } from "miou-solo5";
import { host } from "miou-solo5/host";

const solo5 = host({ net: { service: { tap: process.argv[2] } } });
await run(
  [net("service")],
  function* first(service) {
    yield* service.read(new Uint8Array(service.frameSizeMax));
  },
  { solo5 },
);
solo5.close();
