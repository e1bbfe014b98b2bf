// Ends at once with the status that its first argument says, whatever is attached.
import { programArguments } from "miou-solo5";

process.exit(Number(programArguments()[0]));
