/** Money and load of a whole run: which fetches have a price, what they cost, and what they take whoever the issuer is. */
import { type Charge, type Counted, costOf, MONTH_HOURS, type Scale, scaleOf } from './cost.js';
import { fraction, times, toNumber } from './exact.js';
import type { HourProfile } from './hour-profile.js';
import type { PriceModel } from './price-model.js';
import { candidates, isGivenPrice, isPriced, modelsFor, type Pricing } from './pricing.js';
import type { Assumption, Cost, Load, LowBaseHigh, Warning } from './result.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A price list is old when it was read so long before the end of the log. */
const OLD_MS = 365 * DAY_MS;

/** The fetches of one key. `waitMs`: null where durations are not logged. */
export interface KeyCost extends Counted {
  readonly provider: string | null;
}

export interface CostOfRun {
  readonly cost: Cost | null;
  readonly load: Load;
  readonly assumptions: readonly Assumption[];
  readonly warnings: readonly Warning[];
}

export interface RunFigures {
  readonly keys: readonly KeyCost[];
  /** undefined: no request has a time. */
  readonly profile: Pick<HourProfile, 'of'> | undefined;
  readonly windowMs: number;
  readonly windowEndMs: number;
  /** Why no fetch has a verdict; undefined where they have. */
  readonly undecided?: string | undefined;
  /** Most token requests within so many seconds. */
  readonly peakOver: (seconds: number) => number;
}

const sumOf = (keys: readonly KeyCost[]): Counted => ({
  ok: keys.reduce((sum, { ok }) => sum + ok, 0),
  redundant: keys.reduce((sum, { redundant }) => sum + redundant, 0),
  low: keys.reduce((sum, { low }) => sum + low, 0),
  high: keys.reduce((sum, { high }) => sum + high, 0),
  waitMs: keys.some(({ waitMs }) => waitMs === null) ? null : keys.reduce((sum, { waitMs }) => sum + (waitMs ?? 0), 0),
});

export function costOfRun(pricing: Pricing, run: RunFigures): CostOfRun {
  const { profile, windowMs } = run;
  const keys = run.keys.filter(({ ok }) => ok > 0);
  // What is redundant of a part of a log is not 0, but not known.
  const hasPrice = ({ provider }: KeyCost): boolean => run.undecided === undefined && isPriced(pricing, provider);
  const own = keys.filter(hasPrice);
  const others = keys.filter((key) => !hasPrice(key));
  const pricedProfile = profile?.of((provider) => isPriced(pricing, provider));
  const scale = scaleOf(windowMs, pricedProfile, pricing.forceMonth);
  const charges = candidates(pricing).flatMap((model): Charge[] => {
    const mine = own.filter(({ provider }) => modelsFor(pricing, provider).includes(model));
    return mine.length === 0 ? [] : model.items.map((item) => ({ model, item, counted: sumOf(mine) }));
  });
  const { ok, redundant } = sumOf(others);
  const made = costOf({
    charges,
    scale,
    profile: pricedProfile,
    windowMs,
    priced: sumOf(own),
    notPriced: { ok, redundant },
    chosenBy: pricing.chosen.length > 0 ? 'option' : 'provider',
    others: providersOf(others),
  });
  const cost = made?.cost ?? null;
  const models = [...new Set(charges.map(({ model }) => model))];
  return {
    cost,
    load: {
      money: cost === null ? (run.undecided ?? whyNoMoney(pricing, keys)) : null,
      waitSecondsPerMonth: waitsOfMonth(
        keys,
        windowMs,
        scaleOf(
          windowMs,
          profile?.of(() => true),
          pricing.forceMonth,
        ),
      ),
      rateLimit: rateLimit(pricing, keys, run),
      issuerCpu: issuerCpu(pricing, keys, windowMs),
    },
    assumptions: assumptionsOf(models, cost, windowMs),
    warnings: run.undecided === undefined ? warningsOf(pricing, models, cost, run) : [],
  };
}

/** Names of providers, `not certain` for those that are not. */
const providersOf = (keys: readonly KeyCost[]): string[] =>
  [...new Set(keys.map(({ provider }) => provider ?? 'an issuer that is not certain'))].sort();

/** One sentence for each kind of issuer; none of them is given a price that nobody published. */
function whyNoMoney({ table, chosen }: Pricing, keys: readonly KeyCost[]): string {
  if (keys.length === 0) return 'no token fetch was answered 2xx';
  const providers = [...new Set(keys.map(({ provider }) => provider))].sort();
  if (chosen.length > 0)
    return `unknown: none of these fetches is billed by ${chosen.map(({ id }) => id).join(', ')}, but made to ${providersOf(keys).join(', ')}`;
  const by = (kind: (provider: string | null) => boolean): string[] =>
    providers.filter(kind).flatMap((provider) => provider ?? []);
  const isQuota = (provider: string | null): boolean =>
    table.models.some((model) => model.provider === provider && provider !== null && model.billing === 'quota');
  const isFree = (provider: string | null): boolean =>
    provider !== null &&
    (table.notMetered.includes(provider) ||
      table.models.some(({ provider: of, billing }) => of === provider && (billing === 'not metered' || billing === 'compute')));
  const [free, quota] = [by(isFree), by(isQuota)];
  const rest = providers.filter((provider) => !isFree(provider) && !isQuota(provider));
  const parts = [
    ...(free.length > 0 ? [`not metered (${free.join(', ')})`] : []),
    ...(quota.length > 0 ? [`billed by quota or plan, without a public price (${quota.join(', ')})`] : []),
    ...(rest.some((provider) => provider !== null) ? [`no price known (${rest.filter((one) => one !== null).join(', ')})`] : []),
    ...(rest.includes(null) ? ['not known to be metered (issuer not certain)'] : []),
  ];
  return `unknown, ${parts.join('; ')}`;
}

function waitsOfMonth(keys: readonly KeyCost[], windowMs: number, scale: Scale | undefined): LowBaseHigh | null {
  const { waitMs } = sumOf(keys);
  if (waitMs === null || scale === undefined || windowMs <= 0 || keys.length === 0) return null;
  const of = (by: Scale['base']): number => toNumber(times(fraction(Math.round(waitMs), 1000), by), 3);
  return { low: of(scale.quiet), base: of(scale.base), high: of(scale.busy) };
}

/** `limit / peak`, for the limit that was given, else the one that the provider of all endpoints is known to have. */
function rateLimit({ rateLimit: given, table }: Pricing, keys: readonly KeyCost[], { peakOver }: RunFigures): Load['rateLimit'] {
  const [provider = null, ...more] = new Set(keys.map((key) => key.provider));
  const model =
    more.length > 0 || provider === null ? undefined : table.models.find((one) => one.provider === provider && one.limit);
  const limit =
    given !== undefined
      ? { ...given, from: '--rate-limit' }
      : model?.limit
        ? { fetches: model.limit.requests, seconds: model.limit.seconds, from: `${model.id}: ${model.limit.scope}` }
        : undefined;
  if (limit === undefined) return null;
  const peak = peakOver(limit.seconds);
  const headroom = peak === 0 ? null : toNumber(fraction(Math.round(limit.fetches * 1000), peak * 1000), 6);
  return { ...limit, peak, headroom };
}

function issuerCpu({ table }: Pricing, keys: readonly KeyCost[], windowMs: number): Load['issuerCpu'] {
  for (const model of table.models) {
    const item = model.items.find(({ kind }) => kind === 'cpu');
    const mine = keys.filter(({ provider }) => provider !== null && provider === model.provider);
    if (item?.kind !== 'cpu' || mine.length === 0) continue;
    const { redundant, low, high } = sumOf(mine);
    const { base, most } = item.grantsPerVcpuSecond;
    const seconds = (count: number, perSecond: number): number => toNumber(fraction(count, perSecond), 6);
    const share = (count: number, perSecond: number): number =>
      toNumber(fraction(count * 1000, perSecond * Math.round(windowMs)), 6);
    const each = (of: (count: number, perSecond: number) => number): LowBaseHigh => ({
      low: of(Math.min(low, redundant), most),
      base: of(redundant, base),
      high: of(Math.max(high, redundant), base),
    });
    return {
      from: `${model.id}: ${model.source}`,
      redundant,
      vcpuSeconds: each(seconds),
      vcpus: windowMs > 0 ? each(share) : null,
    };
  }
  return null;
}

function assumptionsOf(models: readonly PriceModel[], cost: Cost | null, windowMs: number): Assumption[] {
  if (cost === null) return [];
  const prices = models.map((model): Assumption => {
    const items = cost.items.filter(({ id }) => id.startsWith(`${model.id}.`));
    const value = items
      .map(({ unitPrice: { amount, per, unit } }) => `${model.currency} ${amount} per ${per} ${unit}${per === 1 ? '' : 's'}`)
      .join(', ');
    const tier = isGivenPrice(model) ? '' : items.some(({ tiers }) => tiers > 1) ? ' (first tier)' : '';
    return {
      id: `price.${model.id}`,
      value: `${value}${tier}`,
      from: isGivenPrice(model)
        ? '--price'
        : `${cost.models.find(({ id }) => id === model.id)?.chosenBy === 'option' ? '--price-model' : 'the provider of the endpoint'}; ${model.standing} on ${model.asOf}, ${model.source}${model.assumes.length === 0 ? '' : `; ${model.assumes.join('; ')}`}`,
      affects: ['cost'],
    };
  });
  if (cost.perMonth === null) return prices;
  const cycle =
    windowMs < HOUR_MS
      ? 'less than an hour of log, forced by --force-month'
      : windowMs < DAY_MS
        ? 'less than a day of log: how days and nights differ is not seen'
        : windowMs < 7 * DAY_MS
          ? 'less than a week of log: how weekends differ is not seen'
          : 'the log';
  return [...prices, { id: 'cost.month', value: `${MONTH_HOURS} hours like these`, from: cycle, affects: ['cost.perMonth'] }];
}

function warningsOf(pricing: Pricing, models: readonly PriceModel[], cost: Cost | null, run: RunFigures): Warning[] {
  const warnings: Warning[] = [];
  for (const { id, asOf } of models.filter((model) => !isGivenPrice(model)))
    if (run.windowEndMs - Date.parse(asOf) > OLD_MS)
      warnings.push({
        id: 'price-age',
        message: `the prices of ${id} are of ${asOf}, more than a year before the end of the log: check them, and give newer ones with --prices FILE`,
      });
  if (cost?.perMonth != null && run.windowMs < HOUR_MS)
    warnings.push({
      id: 'forced-month',
      message: `the cost of a month is made from ${Math.round(run.windowMs / 60_000)} minutes of log (--force-month): it may be off by any factor`,
    });
  const { own } = pricing.table;
  if (own.length > 0 && pricing.chosen.length === 0 && !models.some(({ id }) => own.includes(id)))
    warnings.push({
      id: 'prices-unused',
      message: `none of the price lists of --prices is used: name one with --price-model (${own.slice(0, 5).join(', ')})`,
    });
  const unused = pricing.chosen.filter((model) => !models.includes(model));
  if (unused.length > 0 && run.keys.some(({ ok }) => ok > 0))
    warnings.push({
      id: 'price-unused',
      message: `${unused.map(({ id }) => id).join(', ')}: none of these fetches is billed by it, since they are made to ${providersOf(run.keys.filter(({ ok }) => ok > 0)).join(', ')}`,
    });
  return warnings;
}
