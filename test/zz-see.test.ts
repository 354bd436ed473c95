import { test } from 'vitest';
import { text } from '../src/report/text.js';
import { samples } from './support/analysis-samples.js';

test('see', () => {
  for (const w of [80, 120])
    for (const [n, a] of Object.entries(samples)) {
      const out = text(a, {
        width: w,
        unicode: true,
        verbose: false,
        quiet: false,
        version: '0.1.0',
        nextCommands: ['token-tax analyze logs/ --lifetime 3600s', 'token-tax analyze logs/ --format json'],
      });
      console.log(`===== ${n} ${w}: ${out.split('\n').length - 1} lines\n${out}`);
    }
});
