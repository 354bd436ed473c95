#!/usr/bin/env node
'use strict';
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const cli = join(__dirname, '../dist/cli.cjs');

const run = async () => {
  try {
    // All output has left: nothing is gained by taking the process apart.
    process.exit(await require(cli).main(process.argv.slice(2)));
  } catch (error) {
    // A bug, not an answer: 1 would say that a budget was broken.
    console.error(error);
    process.exitCode = 3;
  }
};

if (existsSync(cli)) {
  run();
} else {
  console.error('error: token-tax is not built: dist/cli.cjs is missing');
  console.error('  help: run `npm ci` (or, after a change, `npm run build`) in the folder of token-tax');
  process.exitCode = 3;
}
