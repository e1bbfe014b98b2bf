// Ends with the status that its first argument says.
import { programArguments } from "miou-solo5";

process.exitCode = Number(programArguments()[0]);
