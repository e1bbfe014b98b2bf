// The parts of the server, for programs with other devices than `main.ts`.
export { echoConnections } from "./connections.ts";
export { echoDatagrams } from "./datagrams.ts";
export { Echoed, report } from "./echoed.ts";
export { ECHO_PORT, serve } from "./server.ts";
