/** Money and load in words, the same in every report. All amounts are estimated, and say so. */
import type { Analysis, Cost, CostItem, Finding, LowBaseHigh, ShowbackRow } from '../analysis/result.js';
import { count, duration, money, plural, rate } from './words.js';

/** Money for the redundant fetches of a finding, over the window; null where they have no price. */
export const costOfFinding = (
  { cost }: Analysis,
  { id, share, redundant }: Pick<Finding, 'id' | 'share' | 'redundant'>,
): number | null => {
  if (cost === null || share === null) return null;
  if (cost.showback.finding.length > 0) return cost.showback.finding.find(({ name }) => name === id)?.window ?? null;
  // A result that was put together by hand or by an older version.
  return cost.priced.redundant === 0 ? 0 : (cost.window.base * redundant) / cost.priced.redundant;
};

/** `USD 845 (450 to 853)` */
export const amount = (currency: string, { low, base, high }: LowBaseHigh): string =>
  low === high ? money(currency, base) : `${money(currency, base)} (${money('', low)} to ${money('', high)})`;

/** `USD 2.25 per 1,000 token responses`: never an amount without what it is for. */
export const unitPriceText = (currency: string, { amount: price, per, unit }: CostItem['unitPrice']): string =>
  per === 1 ? `${currency} ${price} per ${unit}`.trim() : `${currency} ${price} per ${plural(per, unit)}`.trim();

/** Where the price is from: `cognito-m2m of 2025-04-27`, or nothing for a price that was given. */
export const priceFrom = ({ models }: Cost): string =>
  models.flatMap(({ id, asOf }) => (asOf === null ? [] : [`${id} of ${asOf}`])).join(', ');

/** What the range of a month is made from. */
export const monthBasis = ({ extrapolation }: Cost): string =>
  extrapolation === null || extrapolation.quietestHour === null ? 'if all hours are like these' : 'quietest to busiest hour';

/** `limit / peak`: `headroom 15: 10 at most in 1 s, 150 allowed`. undefined without a limit. */
export const headroomText = ({ load }: Analysis): { readonly says: string; readonly of: string } | undefined => {
  if (load === null || load.rateLimit === null) return undefined;
  const { fetches, seconds, peak, headroom } = load.rateLimit;
  const span = seconds === 1 ? 'one second' : duration(seconds * 1000);
  return {
    says:
      headroom === null
        ? 'rate limit: no token request seen'
        : headroom < 1
          ? `rate limit exceeded: headroom ${headroom}`
          : `rate limit headroom ${Number(headroom.toPrecision(3))} x`,
    of: `${count(peak)} within ${span}, ${count(fetches)} allowed`,
  };
};

/** vCPU of an issuer of one's own: `0.08 vCPU of the issuer`. */
export const cpuText = ({ load }: Analysis): { readonly says: string; readonly of: string } | undefined => {
  if (load === null || load.issuerCpu === null || load.issuerCpu.redundant === 0) return undefined;
  const { vcpus, vcpuSeconds } = load.issuerCpu;
  return {
    says:
      vcpus === null
        ? `${duration(vcpuSeconds.base * 1000)} of vCPU at the issuer`
        : `${rate(vcpus.base)} vCPU of the issuer, estimated`,
    of: 'at 120 fetches a second per vCPU',
  };
};

/** One line for each part of a cost. */
export const showbackText = (currency: string, { name, window, perMonth }: ShowbackRow): string =>
  `${name ?? 'none of these'}: ${money(currency, window)}${perMonth === null ? '' : `, ${money(currency, perMonth)} a month`}`;
