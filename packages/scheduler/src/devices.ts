// `@miou-solo5/scheduler/devices`: for packages that bring devices, and with them operations of
// their own. Programs need none of this.
import "./index.ts";

export { active } from "./active.ts";
export { BlockJob } from "./block-job.ts";
export { isDeviceName } from "./device-name.ts";
export { InputLeaf, InputQueue } from "./input-queue.ts";
export { DONE, Leaf, SUSPENDED, type Suspension } from "./leaf.ts";
export { WaitingLeaf, WaitList } from "./wait-list.ts";
