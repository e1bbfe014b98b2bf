// Wires and a switch on which everything goes wrong, between machines that crash, start again and stand still.
import { type Net, net } from "@miou-solo5/net";
import { ms, type Suspended, sleep, spawn, us } from "@miou-solo5/scheduler";
import { createWorld, type Machine, type NetFaults } from "@miou-solo5/sim";
import { show } from "../recorder/show.ts";
import type { Note, Scenario } from "./scenario.ts";

const EVERYTHING: NetFaults = {
  latency: us(20),
  jitter: us(13),
  bandwidth: 3e8,
  queueCountMax: 6,
  mtu: 900,
  loss: 0.1,
  duplication: 0.1,
  reordering: 0.15,
  corruption: 0.1,
  corruptionBitCountMax: 9,
  truncation: 0.1,
};

export const networks: Scenario = {
  name: "machines on wires and a switch, with every fault",
  run(note, seed) {
    const world = createWorld({ seed, trace: note });
    const machines = ["a", "b", "c", "d"].map((name) => world.machine(name));
    const ports = machines.map((machine) => machine.net("hub"));
    const hub = world.switch(ports, EVERYTHING);
    const [a, b] = machines as [Machine, Machine];
    const wire = world.wire(a.net("wire"), b.net("wire"), EVERYTHING);
    for (const machine of machines) machine.start([net("hub")], (device) => chat(device, note));
    world.at(us(400), () => hub.partition(ports.slice(0, 1), ports.slice(2)));
    world.at(us(700), () => hub.heal());
    world.at(us(500), () => b.crash());
    world.at(us(800), () => b.restart());
    world.at(us(900), () => machines[2]?.pause(us(300)));
    world.at(ms(1), () => hub.set({ loss: 0, corruption: 0.9, jitter: 0 }));
    const frame = new Uint8Array(200);
    for (let i = 0; i < 50; i++) {
      world.at(us(i * 3), () => {
        wire.forth.carry(frame, world.now, (got, time) => note(`@${time} ${show(got)}`));
      });
    }
    world.run(ms(3));
    world.stop();
    note(show([wire.counters, hub.flooded, ...ports.map((port) => hub.cable(port).counters)]));
  },
};

/** Sends numbered frames to everybody, and tells what it hears. */
function* chat(device: Net, note: Note): Generator<Suspended, void, void> {
  spawn(
    function* () {
      for (;;) note(`hears ${show(yield* device.readBytes())}`);
    },
    { name: "hear" },
  );
  for (let i = 0; ; i++) {
    const frame = new Uint8Array(60 + i * 40).fill(i);
    frame.fill(0xff, 0, 6);
    frame.set(device.mac, 6);
    device.write(frame.subarray(0, device.frameSizeMax));
    yield* sleep(us(37));
  }
}
