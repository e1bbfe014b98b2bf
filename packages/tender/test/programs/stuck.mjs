// Waits for what will never be.
await new Promise(() => {});
