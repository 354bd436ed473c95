/** Reads the options of this room from text. All mistakes are BAD_OPTION with what was meant. */
import { TokenTaxError } from '../errors.js';
import { type EndpointPattern, matchesPattern, parseEndpointPattern } from '../events/pattern.js';
import { decimal } from './exact.js';
import type { Margin } from './perfect-cache.js';
import type { Pricing } from './pricing.js';
import type { SiblingResult } from './result.js';

export interface AnalysisOptions {
  readonly lifetimes: readonly LifetimeRule[];
  readonly margin: Margin;
  readonly holder: 'node' | 'shared';
  readonly grant: 'service' | 'user' | undefined;
  readonly maxHidden: number;
  readonly pricing: Pricing;
  readonly siblingTtls: SiblingTtls;
  /** The share of the requests that the logs hold, as given; undefined: all. */
  readonly sampled: string | undefined;
}

/** `--sibling-ttl`: how long an answer of a neighbour of the token endpoint may be kept, in ms. */
export type SiblingTtls = Readonly<Partial<Record<SiblingResult['kind'], number>>>;

export interface LifetimeRule {
  readonly ms: number;
  /** As given, for the list of assumptions. */
  readonly text: string;
  readonly client?: string;
  readonly endpoint?: EndpointPattern;
}

/** What so many token responses cost. */
export interface Price {
  readonly currency: string;
  /** As written, so that it is exact: `2.25`. */
  readonly amountText: string;
  readonly per: number;
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `500ms`, `300s`, `5m`, `1h`, `1d`, `1h30m`; a bare number is seconds. Integer ms above 0. */
export function parseDurationMs(text: string, option: string): number {
  const trimmed = text.trim();
  const parts = [...trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)];
  const whole = parts.map(([part]) => part).join('') === trimmed && parts.length > 0;
  const ms = /^\d+(?:\.\d+)?$/.test(trimmed)
    ? Number(trimmed) * 1000
    : whole
      ? parts.reduce((sum, [, number = '', unit = '']) => sum + Number(number) * UNITS_MS[unit]!, 0)
      : Number.NaN;
  if (!(ms >= 1) || ms > 1e13) {
    throw new TokenTaxError('BAD_OPTION', `${option} cannot be "${text}"`, { help: 'Write a duration such as 300s, 5m or 1h.' });
  }
  return Math.round(ms);
}

/** `DUR`, `ENDPOINT=DUR` or `CLIENT=DUR`: what holds a slash is an endpoint. */
export function parseLifetime(text: string): LifetimeRule {
  const cut = text.lastIndexOf('=');
  if (cut < 0) return { ms: parseDurationMs(text, '--lifetime'), text };
  const name = text.slice(0, cut).trim();
  const ms = parseDurationMs(text.slice(cut + 1), '--lifetime');
  if (name === '') throw new TokenTaxError('BAD_OPTION', `--lifetime "${text}" names nothing before the =`);
  return name.includes('/') ? { ms, text, endpoint: parseEndpointPattern(name) } : { ms, text, client: name };
}

/** The most specific rule for a key: by client, then by endpoint, then the one for all; of equals the last. */
export function lifetimeRuleFor(
  rules: readonly LifetimeRule[],
  key: { readonly client: string; readonly host: string | undefined; readonly path: string },
): LifetimeRule | undefined {
  const byClient = rules.filter((rule) => rule.client === key.client).at(-1);
  if (byClient !== undefined) return byClient;
  const byEndpoint = rules
    .filter(
      (rule) =>
        rule.endpoint !== undefined &&
        matchesPattern(rule.endpoint, { method: 'POST', path: key.path, ...(key.host === undefined ? {} : { host: key.host }) }),
    )
    .at(-1);
  return byEndpoint ?? rules.filter((rule) => rule.client === undefined && rule.endpoint === undefined).at(-1);
}

const KEPT_KINDS = ['introspection', 'jwks', 'discovery', 'userinfo'] as const;

/** `KIND=DUR` each, such as `jwks=10m`; of two for one kind the last. */
export function parseSiblingTtls(texts: readonly string[]): SiblingTtls {
  const ttls: Partial<Record<SiblingResult['kind'], number>> = {};
  for (const text of texts) {
    const [, name = '', life = ''] = /^\s*([^=]*?)\s*=(.*)$/.exec(text) ?? [];
    const kind = KEPT_KINDS.find((one) => one === name.toLowerCase());
    if (kind === undefined)
      throw new TokenTaxError('BAD_OPTION', `--sibling-ttl cannot be "${text}"`, {
        help: `Write KIND=DURATION, such as jwks=10m; KIND is one of ${KEPT_KINDS.join(', ')}.`,
      });
    ttls[kind] = parseDurationMs(life, '--sibling-ttl');
  }
  return ttls;
}

/** `60s` or `10%`. */
export function parseMargin(text: string | undefined): Margin {
  if (text === undefined) return { kind: 'default' };
  const share = /^(\d+(?:\.\d+)?)\s*%$/.exec(text.trim());
  if (share !== null) {
    const percent = Number(share[1]);
    if (percent >= 100)
      throw new TokenTaxError('BAD_OPTION', `--margin ${text} leaves nothing of a lifetime`, { help: 'Write less than 100%.' });
    return { kind: 'share', share: percent / 100 };
  }
  if (/^0\s*(?:s|ms)?$/.test(text.trim())) return { kind: 'ms', ms: 0 };
  return { kind: 'ms', ms: parseDurationMs(text, '--margin') };
}

/** `AMOUNT/COUNT`, with a currency in front or behind: `2.25/1000`, `EUR 0.80/100`. The count is part of the price: there is no default. */
export function parsePrice(text: string | undefined): Price | undefined {
  if (text === undefined) return undefined;
  const match = /^\s*(?:([A-Z]{3})\s*|([$€£])\s*)?(\d+(?:\.\d+)?)\s*(?:([A-Z]{3})\s*)?\/\s*(\d[\d_]*)\s*$/.exec(text);
  const amountText = match?.[3] ?? '';
  const per = Number(match?.[5]?.replace(/_/g, ''));
  if (match === null || !(per >= 1) || !Number.isSafeInteger(per) || decimal(amountText) === undefined) {
    if (/\d\s*(?:[A-Z]{3})?\s*$/.test(text) && !text.includes('/'))
      throw new TokenTaxError('BAD_OPTION', `--price "${text}" does not say for how many`, {
        why: 'an amount alone can be off by a factor of 1,000: prices are for one token, for 100, for 1,000',
        help: `Write --price ${text.trim()}/1 if it is for each token response, --price ${text.trim()}/1000 if it is for 1,000.`,
      });
    if (/^\s*(?:[A-Z]{3}|[$€£])?\s*-/.test(text))
      throw new TokenTaxError('BAD_OPTION', `--price cannot be "${text}": a price is not below 0`, {
        help: 'Write AMOUNT/COUNT, such as --price 2.25/1000.',
      });
    throw new TokenTaxError('BAD_OPTION', `--price cannot be "${text}"`, {
      why: 'a price needs its unit: an amount for a number of token responses',
      help: 'Write AMOUNT/COUNT, such as --price 2.25/1000 for $2.25 per 1,000 token responses.',
    });
  }
  const symbol = { $: 'USD', '€': 'EUR', '£': 'GBP' }[match[2] ?? ''];
  if (match[4] !== undefined && (match[1] ?? symbol ?? match[4]) !== match[4])
    throw new TokenTaxError('BAD_OPTION', `--price "${text}" names two currencies`, { help: 'Write one: --price EUR 0.80/100.' });
  return { currency: match[1] ?? symbol ?? match[4] ?? 'USD', amountText, per };
}

/** `--sampled`: the share of the requests that were logged, as `1/10`, `10%` or `0.1`. undefined for all of them. */
export function parseSampled(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const [, one, of, percent, plain] =
    /^\s*(?:(\d{1,9})\/(\d{1,9})|(\d{1,3}(?:\.\d+)?)\s*%|([01](?:\.\d+)?))\s*$/.exec(text) ?? [];
  const share =
    of !== undefined ? Number(one) / Number(of) : percent !== undefined ? Number(percent) / 100 : Number(plain ?? 'x');
  if (!(share > 0 && share <= 1)) {
    throw new TokenTaxError('BAD_OPTION', `--sampled cannot be "${text}"`, {
      help: 'Write the share of the requests that were logged: 1/10, 10% or 0.1.',
    });
  }
  return share === 1 ? undefined : text.trim();
}
