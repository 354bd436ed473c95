/** Plays cases through; for the full table two processes share them. */

import { planCases, TABLE_SEEDS, TUNING_SEEDS } from './plan.js';
import { play } from './play.js';

const [range = 'tuning', share = '1', part = '0', parts = '1', ids = ''] = process.argv.slice(2);
const cases = planCases(range === 'table' ? TABLE_SEEDS : TUNING_SEEDS, Number(share), ids === '' ? undefined : ids.split(','));
for (const [at, one] of cases.entries()) {
  if (at % Number(parts) !== Number(part)) continue;
  const began = performance.now();
  const outcome = await play(one);
  process.stdout.write(`${JSON.stringify({ at, ms: Math.round(performance.now() - began), ...outcome })}\n`);
}
