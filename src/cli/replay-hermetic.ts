/** `replay --hermetic`: the verdict of a gateway under logged traffic, for CI. */
import { TokenTaxError } from '../errors.js';
import { runHermetic } from '../experiment.js';
import type { ReplayRecord } from '../replay/index.js';
import { count, rate } from '../report/words.js';
import { INTERRUPTED } from './exit-code.js';
import { type Io, print } from './io.js';
import { hermeticOf, type ReplayFlags, type Settings } from './replay-options.js';
import { resultText } from './replay-text.js';

const statuses = { pass: 0, fail: 1, inconclusive: 4 } as const;

/** Prints the outcome; the exit status. Starting a command and sending are what the flag asks for, so there is no --send. */
export const hermetic = async (
  records: readonly ReplayRecord[],
  flags: ReplayFlags,
  settings: Settings,
  io: Io,
  signal: AbortSignal,
): Promise<number> => {
  if (flags.a !== undefined)
    throw new TokenTaxError('USAGE', '--hermetic has one gateway', {
      help: "Write --gateway-command 'npm start', without --a and --b",
    });
  const asked = hermeticOf(flags);
  if (asked.gatewayUrl !== undefined)
    throw new TokenTaxError('USAGE', '--hermetic starts the gateway itself, so that it asks the stand-in provider', {
      help: "Write --gateway-command 'npm start' in place of --target; a gateway that runs already: --target URL --idp-log FILE --send",
    });
  const result = await runHermetic({ ...asked, records, plan: settings.plan, run: settings.run, env: io.env, signal });
  if (flags.format === 'json') await print(io.stdout, `${JSON.stringify(result, null, 2)}\n`);
  else {
    const budgets = result.budgets.map(
      ({ id, found, limit, result: outcome }) => `  ${id.padEnd(18)} ${rate(found)} (limit ${rate(limit)}): ${outcome}\n`,
    );
    const head = `${count(result.fetches)} token fetches for ${count(result.requests)} requests at ${rate(result.speed)}x: ${result.verdict}\n`;
    await print(io.stdout, `${resultText(result.replay)}\n${head}${budgets.join('')}`);
  }
  return result.replay.interrupted ? INTERRUPTED : statuses[result.verdict];
};
