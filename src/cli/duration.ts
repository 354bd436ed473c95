import { TokenTaxError } from '../errors.js';

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** `500ms`, `10s`, `1.5m`, `1h` */
export const parseDuration = (flag: string, text: string): number => {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  const ms = Number(amount) * unitMs[unit as keyof typeof unitMs];
  if (!(ms > 0))
    throw new TokenTaxError('BAD_OPTION', `${flag} ${text} is not a duration`, { help: `Write it with its unit: ${flag} 10s` });
  return ms;
};
