/** The result as lines: the run first, then each key, route, finding, policy and budget, each with its `type`. For programs that read lines. */
import type { Analysis } from '../analysis/result.js';
import { inert, json } from './json.js';

const lists = {
  keys: 'key',
  routes: 'route',
  siblingKeys: 'sibling',
  inferred: 'inferred',
  findings: 'finding',
  simulation: 'policy',
  timeline: 'time',
  lives: 'life',
  budgets: 'budget',
  assumptions: 'assumption',
  warnings: 'warning',
} as const;

export const ndjson = (analysis: Analysis): string => {
  // Ordered and checked as the whole result is.
  const whole = JSON.parse(json(analysis)) as Record<string, unknown>;
  const run = Object.fromEntries(Object.entries(whole).filter(([name]) => !Object.hasOwn(lists, name)));
  const line = (type: string, members: object): string => `${inert(JSON.stringify({ type, ...members }))}\n`;
  return (
    line('run', run) +
    Object.entries(lists)
      .flatMap(([name, type]) => ((whole[name] as readonly object[] | null) ?? []).map((item) => line(type, item)))
      .join('')
  );
};
