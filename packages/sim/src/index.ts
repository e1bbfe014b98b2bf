// The public surface of @miou-solo5/sim.
export { Disk, type DiskOptions } from "./disk.ts";
export { SimError, type SimErrorCode } from "./errors.ts";
export { Machine, type MachineOptions } from "./machine.ts";
export { NetPort, type NetPortOptions } from "./net-port.ts";
export { createWorld, type WireOptions, World, type WorldOptions } from "./world.ts";
