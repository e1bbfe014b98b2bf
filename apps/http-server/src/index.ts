// The parts of the server, for programs with other devices or another protocol than `main.ts`.
export { serve } from "./server.ts";
export { site } from "./site.ts";
