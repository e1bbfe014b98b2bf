// Runs with the devices that it declares at first, then without any, then with one that nobody has attached.
import { block, net, print, run } from "miou-solo5";

await run([block("disk")], function* first() {
  print("first\n");
});
await run([], function* second() {
  print("second\n");
});
try {
  await run([net("service")], function* third() {
    print("third\n");
  });
} catch (error) {
  process.stdout.write(`${error.code}\n${error.faults.join("\n")}\n`);
}
