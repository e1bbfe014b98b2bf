// The parts of the server, for programs with other devices than `main.ts`.
export { AddressError, type Place, parsePlace } from "./address.ts";
export { type Counters, FAULTS, type Fault, report } from "./counters.ts";
export { Responder } from "./responder.ts";
export { serve } from "./server.ts";
