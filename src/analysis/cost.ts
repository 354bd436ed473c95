/** What redundant fetches cost in money, where each is billed at one price. Everything here is estimated. */
import type { Price } from './options.js';
import type { Analysis, LowHigh } from './result.js';

/** Hours of a month in every price list that counts by the hour. */
const MONTH_HOURS = 730;
const HOUR_MS = 3_600_000;

const money = (value: number): number => Math.round(value * 1e6) / 1e6;

/** `redundant x amount / per`; a monthly figure only for an hour of log and more, since less says nothing about a month. */
export function costOf(price: Price, redundant: number, bounds: LowHigh, windowMs: number): Analysis['cost'] {
  const of = (count: number): number => (count * price.amount) / price.per;
  const window = { low: money(of(bounds.low)), base: money(of(redundant)), high: money(of(bounds.high)) };
  const scale = windowMs >= HOUR_MS ? (MONTH_HOURS * HOUR_MS) / windowMs : undefined;
  const perMonth =
    scale === undefined
      ? null
      : { low: money(window.low * scale), base: money(window.base * scale), high: money(window.high * scale) };
  const unit = `${price.currency} ${price.amount} per ${price.per} token responses`;
  return {
    currency: price.currency,
    perMonth,
    window,
    items:
      perMonth === null
        ? []
        : [
            {
              id: 'issuer',
              label: 'redundant token responses',
              perMonth,
              working: `${redundant} x ${unit} x ${MONTH_HOURS} h / window`,
            },
          ],
    unitPrice: { amount: price.amount, per: price.per, unit: 'token response' },
    standing: 'estimated',
  };
}
