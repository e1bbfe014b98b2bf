#!/usr/bin/env node
// The command, in a file that is there before anything is built: npm links only what it finds, in a clone too.
import "../dist/main.js";
