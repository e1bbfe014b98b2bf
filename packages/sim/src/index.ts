// The public surface of @miou-solo5/sim.
export { goldenTracer } from "@miou-solo5/scheduler/testing";
export type { BlockFaultCounters, BlockFaults } from "./block-faults.ts";
export { Disk, type DiskOptions } from "./disk.ts";
export { SimError, type SimErrorCode } from "./errors.ts";
export { checkGolden, type GoldenStore, traceDifference } from "./golden.ts";
export { Line } from "./line.ts";
export { Machine, type MachineOptions } from "./machine.ts";
export { Medium, type MediumOptions } from "./medium.ts";
export type { NetFaultCounters, NetFaults } from "./net-faults.ts";
export { NetPort, type NetPortOptions } from "./net-port.ts";
export { type SimulateOptions, SimulationFailure, simulate } from "./simulate.ts";
export { Switch, type SwitchOptions } from "./switch.ts";
export { Wire, type WireOptions } from "./wire.ts";
export { withBlockFaults } from "./with-block-faults.ts";
export { withNetFaults } from "./with-net-faults.ts";
export { createWorld, World, type WorldOptions } from "./world.ts";
