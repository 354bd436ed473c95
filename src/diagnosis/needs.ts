/** Which fields of a log each cause needs: data for the docs and for measuring accuracy. Without them TT199 is the right answer. */
import type { Field } from './rule.js';
import { rules } from './rules/index.js';

export const neededFields: Readonly<Record<string, readonly Field[]>> = {
  ...Object.fromEntries(rules.map(({ code, needs }) => [code, needs])),
  // Where the issuer is well and the back end refuses: only the gateway's log shows that.
  'TT110-401': ['start', 'status', 'client', 'holder', 'demand', 'upstream status'],
  TT115: ['start', 'status', 'client', 'demand'],
  TT116: ['start', 'status', 'client'],
  TT118: ['query'],
  TT199: [],
};

/** Fewer fetches than this are no evidence for the cause. */
export const leastFetches: Readonly<Record<string, number>> = Object.fromEntries(rules.map(({ code, least }) => [code, least]));
