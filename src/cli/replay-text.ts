/** A plan and the outcome of a replay, as people read them. */
import type { ArmResult, Comparison, Plan, ReplayResult, Target } from '../replay/index.js';
import { shown } from '../report/cells.js';
import { bytes, count, duration, percent, plural, rate } from '../report/words.js';

export interface PlanSettings {
  readonly targets: readonly { readonly name: string; readonly target: Target }[];
  readonly model: 'open' | 'closed';
  readonly connections: number;
  readonly speed: number;
  readonly ratePerSecond: number | undefined;
  readonly repeats: number;
  readonly auth: string;
  readonly marker: string;
  readonly insecure: boolean;
  readonly sent: boolean;
}

const row = (name: string, text: string): string => `  ${name.padEnd(11)} ${text}\n`;

const times = (counts: ReadonlyMap<string, number>): string =>
  [...counts]
    .sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1))
    .map(([name, many]) => `${shown(name)} ${count(many)}`)
    .join('  ');

const withheldLines = ({ withheld, withheldMethods }: Plan): string => {
  const all = [...withheld.values()].reduce((sum, many) => sum + many, 0);
  if (all === 0) return row('withheld', '0');
  const words: Readonly<Record<string, string>> = {
    method: `${times(withheldMethods)} (allow with --allow-method ${shown([...withheldMethods.keys()].join(','))})`,
    'no body template': "without a body (--body 'POST /path/*=FILE')",
    limit: 'beyond --limit',
  };
  return [...withheld]
    .map(([reason, many], index) => row(index === 0 ? 'withheld' : '', `${count(many)}  ${words[reason] ?? reason}`))
    .join('');
};

const timing = (plan: Plan, { model, connections, speed, ratePerSecond, repeats, targets }: PlanSettings): string => {
  const runs = repeats * targets.length;
  const each = `${duration(plan.durationMs)}${runs > 1 ? `, ${runs} times` : ''}`;
  if (model === 'closed') return `closed model: ${plural(connections, 'connection')}, each sends when it was answered`;
  const pace = ratePerSecond === undefined ? `${rate(speed)}x` : `${rate(ratePerSecond)}/s, evenly spaced`;
  const average = plan.requests.length / Math.max(1, plan.durationMs / 1000);
  return `${pace}, absolute clock, average ${rate(average)}/s, peak ${count(plan.peakPerSecond)}/s, ends after ${each}`;
};

export const planText = (plan: Plan, settings: PlanSettings): string => {
  const { targets, auth, marker, sent, speed } = settings;
  const sampled = plan.sampledClients < plan.clients ? `${count(plan.sampledClients)} of ` : '';
  const lines = [
    `Plan${sent ? '' : ' (nothing sent)'}\n`,
    row(
      'sample',
      `${plural(plan.records - plan.notSampled, 'request')} of ${sampled}${plural(plan.clients, 'client')} (whole clients), ${duration(plan.logSpanMs)} of log`,
    ),
    row('will send', `${count(plan.requests.length)}${plan.methods.size === 0 ? '' : `   ${times(plan.methods)}`}`),
    withheldLines(plan),
    row('timing', timing(plan, settings)),
  ];
  if (plan.gapsCut > 0)
    lines.push(row('gaps', `${plural(plan.gapsCut, 'gap')} cut by --max-gap, ${duration(plan.gapsCutMs)} taken out`));
  else if (plan.longestGapMs > 60_000 && settings.ratePerSecond === undefined)
    lines.push(row('gaps', `the longest is ${duration(plan.longestGapMs)}; --max-gap 2s cuts gaps`));
  if (plan.reordered > 0)
    lines.push(
      row('reordered', `${plural(plan.reordered, 'record')} out of time order (worst ${duration(plan.worstDisorderMs)}), sorted`),
    );
  if (speed !== 1 && settings.ratePerSecond === undefined)
    lines.push(
      row(
        'lifetimes',
        `tokens do not live shorter at ${rate(speed)}x: scale them at the provider (idp --time-scale ${rate(speed)})`,
      ),
    );
  lines.push(row('auth', auth), row('marker', marker));
  for (const { name, target } of targets)
    lines.push(
      row(
        targets.length > 1 ? `target ${name}` : 'target',
        `${shown(target.url.host + target.prefix)}: allowed (${target.standing})`,
      ),
    );
  if (settings.insecure) lines.push(row('TLS', 'NOT VERIFIED (--insecure): whoever is in between can read and answer'));
  if (!sent) lines.push('Send it: add --send\n');
  return lines.join('');
};

const ms = (value: number): string => (value < 10 ? value.toFixed(1) : count(value));

const pairOf = (quantiles: ArmResult['response']): string =>
  quantiles === null ? '-' : `${ms(quantiles.p50)}/${ms(quantiles.p99)} ms`;

const signed = (share: number): string => `${share > 0 ? '+' : share < 0 ? '-' : ''}${percent(Math.abs(share))}`;

const changeText = ({ change }: Comparison): string =>
  change === null ? 'no interval' : `${signed(change.value)} (${signed(change.low)} to ${signed(change.high)})`;

const verdicts: Readonly<Record<Comparison['verdict'], string>> = {
  better: 'B fetches fewer tokens than A',
  same: 'B fetches as many tokens as A',
  worse: 'B fetches more tokens than A',
  inconclusive: 'inconclusive: the difference may be chance',
};

const parts = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .slice(0, 6)
    .map(([name, many]) => `${name} ${count(many)}`)
    .join('  ');

export const resultText = (result: ReplayResult): string => {
  const { arms, comparison, selfCheck } = result;
  const cells = (name: string, of: (arm: ArmResult) => string, more = ''): string =>
    `  ${name.padEnd(17)}${arms.map((arm) => of(arm).padStart(17)).join('')}${more === '' ? '' : `   ${more}`}\n`;
  const lines = [
    arms.length > 1 ? 'Replay A/B\n' : 'Replay\n',
    ...(arms.length > 1 ? [cells('', ({ name }) => name, comparison === null ? '' : 'B vs A (95% interval)')] : []),
    cells('requests sent', ({ sent, warmUp }) => count(sent + warmUp)),
    ...(arms.some(({ warmUp }) => warmUp > 0) ? [cells('of them warm-up', ({ warmUp }) => count(warmUp))] : []),
    cells('late > 50 ms', ({ late }) => count(late)),
    cells('dropped', ({ dropped }) => count(dropped)),
    cells('not sent', ({ notSent }) => count(notSent)),
    cells('answered', ({ answered }) => count(answered)),
  ];
  if (arms.some(({ fetches }) => fetches !== null)) {
    lines.push(cells('token fetches', ({ fetches }) => count(fetches ?? 0), comparison === null ? '' : changeText(comparison)));
    lines.push(
      cells('per 1,000 calls', ({ fetches, fetchesFor }) =>
        fetchesFor === 0 ? '-' : rate(((fetches ?? 0) * 1000) / fetchesFor),
      ),
    );
  }
  lines.push(
    cells('response p50/p99', ({ response }) => pairOf(response), 'from the planned send'),
    cells('service  p50/p99', ({ service }) => pairOf(service), 'from the actual send'),
    cells('send lag p50/p99', ({ lag }) => pairOf(lag)),
    cells('status differs', ({ statusDiffers }) => count(statusDiffers), 'from the log'),
  );
  for (const arm of arms) {
    const of = arms.length > 1 ? ` of ${arm.name}` : '';
    if (Object.keys(arm.statuses).length > 0) lines.push(`  statuses${of}: ${parts(arm.statuses)}\n`);
    if (arm.statusDiffers > 0) lines.push(`  status in the log -> here${of}: ${parts(arm.differs)}\n`);
    if (Object.keys(arm.errors).length > 0) lines.push(`  no answer${of}: ${parts(arm.errors)}\n`);
    if (arm.redirects > 0) lines.push(`  redirects${of}, not followed: ${count(arm.redirects)}\n`);
    if (arm.capped > 0)
      lines.push(`  bodies${of} cut off at the limit: ${count(arm.capped)} (${bytes(arm.bytes)} read in all)\n`);
  }
  lines.push(
    `  generator: event loop p99 ${ms(selfCheck.eventLoopP99Ms)} ms, ${
      selfCheck.ownDelayP99Ms === null ? '' : `own delay p99 ${ms(selfCheck.ownDelayP99Ms)} ms, `
    }CPU ${percent(selfCheck.cpuShare)}: ${
      selfCheck.saturated ? 'IT WAS THE LIMIT, so this is no measurement of the target' : 'not the limit'
    }\n`,
  );
  if (comparison !== null) lines.push(`\n  ${verdicts[comparison.verdict]} (${plural(comparison.pairs, 'pair')} of blocks)\n`);
  if (arms.some(({ fetches }) => fetches !== null))
    lines.push('  Fetches were counted by the identity provider, not inferred.\n');
  if (result.stopped !== null) lines.push(`  STOPPED EARLY: ${result.stopped}\n`);
  if (result.interrupted) lines.push('  INTERRUPTED: this is a part of the replay\n');
  return lines.join('');
};
