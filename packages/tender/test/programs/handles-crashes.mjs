// Handles its own uncaught errors.
process.on("uncaughtException", (error) => {
  process.stdout.write(`handled ${error.message}\n`);
  process.exitCode = 7;
});
throw new Error("the top level's own");
