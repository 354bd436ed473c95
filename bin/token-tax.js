#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';

// What a run throws away is small and short-lived. A nursery that never grows keeps 30 MiB out of the process, at no cost in time.
setFlagsFromString('--semi-space-growth-factor=1');
// One MiB is swept sooner than a second thread is woken for it, the more so on a machine that is busy.
setFlagsFromString('--no-parallel-scavenge');
// A run is short: what is optimised must be worth it. Compilers run beside the threads that read, on the same processors.
setFlagsFromString('--interrupt-budget=400000');
// Names of a hundred thousand clients are a large heap that hardly changes: it need not double before it is swept.
setFlagsFromString('--heap-growing-percent=10');

const cli = new URL('../dist/cli.js', import.meta.url);

if (existsSync(cli)) {
  try {
    const { main } = await import(cli.href);
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    // A bug, not an answer: 1 would say that a budget was broken.
    console.error(error);
    process.exitCode = 3;
  }
} else {
  console.error('error: token-tax is not built: dist/cli.js is missing');
  console.error('  help: run `npm ci` (or, after a change, `npm run build`) in the folder of token-tax');
  process.exitCode = 3;
}
