/** A baseline as it stands in its file. zod is heavy to load: only a check with a baseline comes here. */
import { z } from 'zod';
import type { Baseline } from './baseline.js';

const count = z.int().min(0);

export const baselineSchema: z.ZodType<Baseline> = z.strictObject({
  kind: z.literal('token-tax baseline'),
  baselineVersion: z.literal(1),
  tool: z.string(),
  commit: z.string().nullable(),
  window: z.strictObject({ from: z.iso.datetime(), to: z.iso.datetime() }),
  conditions: z.record(z.string(), z.string()),
  fetches: count,
  redundant: count,
  findings: z.record(
    z.string(),
    z.strictObject({ code: z.string(), title: z.string(), redundant: count, share: z.number().min(0).max(1) }),
  ),
  budgets: z.record(z.string(), z.strictObject({ found: z.number(), fetches: count })),
});
