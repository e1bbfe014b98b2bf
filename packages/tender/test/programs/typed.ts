// TypeScript that is more than JavaScript.
const greeting: string = "typed";
process.stdout.write(`${greeting}\n`);
