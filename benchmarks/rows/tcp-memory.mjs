// Ten thousand connections open at once, each with a task that waits to read, after a byte has gone back and forth. The
// heap and what buffers hold outside of it, before and after, the collector run; the kernel's own memory for node:net's
// is not in its figure.
import { s, sleep, spawn } from "miou-solo5";
import { LINK } from "../lib/link.mjs";
import { collectGarbage } from "../lib/measure.mjs";
import { memoryUsed } from "../lib/meter.mjs";
import { say } from "../lib/service.mjs";
import { kernelServer, PORT, withStack } from "../lib/tcp.mjs";

export const row = {
  name: "tcp-memory",
  place: 52,
  title: "Memory of an idle TCP connection",
  unit: "bytes",
  onTap: true,
  figure: ({ bytes }) => bytes,
  cases: [
    {
      name: "10,000 open",
      parameters: { count: 10_000 },
      sides: ["stack", "kernel"],
      goals: [{ side: "stack", atMost: 8192 }],
    },
  ],
  partner: ({ count }) => ({
    c: "tcp-client",
    when: "after",
    words: ["idle", LINK.address, count],
  }),
  sides: {
    stack: ({ count }) =>
      withStack(1500, function* server(ip) {
        const listener = ip.tcp.listen(PORT, { acceptMax: 1024 });
        const all = [];
        collectGarbage();
        const before = memoryUsed();
        say("r");
        for (let i = 0; i < count; i++) {
          const connection = yield* listener.accept();
          all.push(spawn(() => answerOne(connection)));
        }
        // What the last bytes took is given back a second after they have gone.
        yield* sleep(s(2));
        collectGarbage();
        const bytes = (memoryUsed() - before) / count;
        const open = ip.tcp.length;
        if (open < count) throw new Error(`only ${open} of ${count} are open`);
        for (const task of all) yield* task.cancel();
        return { cpu: 0, items: count, bytes, open };
      }),
    kernel: (load) => kernelServer("idle", load, () => say("r")),
  },
};

function* answerOne(connection) {
  // What programs for very many connections do: a buffer that is large only while there is something to read.
  const bytes = new Uint8Array(64);
  const read = connection.read(bytes);
  try {
    for (let size = yield* read; size > 0; size = yield* read) {
      yield* connection.write(bytes, 0, size);
    }
  } finally {
    connection.abort();
  }
}
