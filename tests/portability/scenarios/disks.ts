// A disk on which everything goes wrong, under a program whose machine crashes again and again.
import { type Block, block } from "@miou-solo5/block";
import { ms, type Suspended, sleep, us } from "@miou-solo5/scheduler";
import { createWorld } from "@miou-solo5/sim";
import { show } from "../recorder/show.ts";
import { errorName, type Note, type Scenario } from "./scenario.ts";

const PAGE_COUNT = 16;

export const disks: Scenario = {
  name: "a disk with every fault, through crashes",
  run(note, seed) {
    const world = createWorld({ seed, trace: note });
    const machine = world.machine("m");
    const disk = machine.disk("disk", {
      capacity: PAGE_COUNT * 512,
      faults: {
        latency: us(30),
        jitter: us(11),
        flushLatency: us(90),
        readError: 0.05,
        writeError: 0.05,
        flushError: 0.1,
        misreading: 0.05,
        miswriting: 0.05,
        tearing: 0.3,
      },
    });
    machine.start([block("disk")], (device) => scribble(device, note));
    for (let i = 1; i <= 6; i++) world.at(ms(i), () => machine.restart());
    world.at(ms(3.5), () => disk.set({ writeError: 0, tearing: 1 }));
    world.run(ms(7));
    machine.crash();
    note(show(disk.counters));
    const page = new Uint8Array(512);
    for (let i = 0; i < PAGE_COUNT; i++) {
      disk.read(i * 512, page);
      note(`page ${i}: ${show(page)}`);
    }
  },
};

/** Reads, changes and writes pages in turn, with a flush now and then. */
function* scribble(device: Block, note: Note): Generator<Suspended, void, void> {
  const page = new Uint8Array(512);
  for (let i = 0; ; i++) {
    const position = ((i * 7) % PAGE_COUNT) * 512;
    try {
      yield* device.read(position, page);
      note(`read ${position}: ${show(page)}`);
      page.fill(i & 255, i % 100);
      yield* device.write(position, page);
      if (i % 5 === 0) yield* device.flush();
    } catch (error) {
      note(`${position}: ${errorName(error)}`);
    }
    yield* sleep(us(3));
  }
}
