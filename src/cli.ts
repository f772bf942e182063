#!/usr/bin/env node
import { runMain } from './commands/main.js';

// Everything that this process writes may hold personal data.
process.umask(0o077);
process.exitCode = await runMain(process.argv.slice(2), process.env);
