/** Price lists as a user writes them. zod is heavy to load: only `--prices` and tests come here. */
import { z } from 'zod';
import { decimal } from './exact.js';
import type { Unit } from './price-model.js';

const MOST = Number.MAX_SAFE_INTEGER;
const whole = z.int().min(0).max(MOST);

/** Messages of two lines: what is wrong, and what to write. */
const amount = z
  .union([z.string(), z.number()])
  .superRefine((value, context) => {
    const said = (message: string): void => context.addIssue({ code: 'custom', message });
    const text = String(value).trim();
    if (/\//.test(text)) return said('holds a count\nwrite the amount alone, such as "2.25"; for how many it is stands in "per"');
    if (decimal(text) === undefined) return said('is no amount\nwrite a decimal number, such as "2.25"');
    if (text.startsWith('-')) return said('is below 0\na price is 0 or more');
  })
  .transform((value) => String(value).trim())
  .describe('a decimal number, best in quotes: "2.25"');

const tier = z.strictObject({
  from: whole.describe('from so many units a month on'),
  to: whole.nullable().describe('up to, not including, so many; left out: no end').optional(),
  amount,
});

type RawTier = z.infer<typeof tier>;

/** Tiers that leave a gap or overlap price a fetch not at all, or twice. */
const tiers = z
  .array(tier)
  .min(1)
  .superRefine((list, context) => {
    const said = (at: number, field: keyof RawTier, message: string): void =>
      context.addIssue({ code: 'custom', path: [at, field], message });
    if (list[0] !== undefined && list[0].from !== 0)
      said(0, 'from', 'is not 0, so the first units have no price\nthe first tier starts at 0');
    for (const [at, { from, to }] of list.entries()) {
      const next = list[at + 1];
      if (to != null && to <= from) said(at, 'to', `is not above its "from", ${from}\nwrite a larger number, or leave it out`);
      else if (next === undefined && to != null)
        said(at, 'to', 'ends the last tier, so what is beyond has no price\nleave it out');
      else if (next !== undefined && to == null)
        said(at, 'from', `has no end, and the next tier starts at ${next.from}: they overlap\nadd "to": ${next.from}`);
      else if (next !== undefined && to != null && next.from < to)
        said(at + 1, 'from', `lies in the tier before, which goes up to ${to}: they overlap\nwrite ${to}`);
      else if (next !== undefined && to != null && next.from > to)
        said(at + 1, 'from', `leaves a gap: the tier before ends at ${to}\nwrite ${to}`);
    }
  });

const list = <K extends string, U extends Unit>(kind: K, unit: U) => ({
  kind: z.literal(kind),
  unit: z.literal(unit),
  per: z.int().min(1).max(MOST).describe('for how many units the amounts are: 1, 100, 1000'),
  included: whole.describe('free in each month').optional(),
  tiers,
});

const item = z.discriminatedUnion('kind', [
  z.strictObject(list('issuer', 'token response')),
  z.strictObject(list('gateway', 'request')),
  z.strictObject({ ...list('hold', 'GB-second'), memoryGb: z.number().min(0.000_001).max(1_000_000) }),
  z.strictObject({ ...list('network', 'GB'), bytesPerFetch: z.int().min(1).max(MOST) }),
  z.strictObject({
    ...list('cpu', 'vCPU-hour'),
    grantsPerVcpuSecond: z
      .strictObject({ base: z.int().min(1).max(1_000_000), most: z.int().min(1).max(1_000_000) })
      .superRefine(({ base, most }, context) => {
        if (most < base) context.addIssue({ code: 'custom', path: ['most'], message: `is below "base", ${base}` });
      }),
  }),
]);

const day = z.string().superRefine((text, context) => {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text)
    context.addIssue({ code: 'custom', message: 'is no day\nwrite it as 2026-02-10' });
});

const model = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,63}$/)
    .describe('what --price-model takes: small letters, digits and hyphens'),
  title: z.string().min(1).max(200).optional(),
  provider: z.string().min(1).nullable().describe('id of the identity provider whose tokens these are').optional(),
  billing: z.enum(['metered', 'quota', 'not metered', 'compute', 'gateway']).optional(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .describe('three capital letters: USD'),
  asOf: day.describe('the day the price was read'),
  source: z.string().min(1).max(500).describe('where it stands'),
  standing: z.enum(['confirmed', 'documented', 'assumed']).optional(),
  items: z.array(item).superRefine((items, context) => {
    for (const [at, { kind }] of items.entries())
      if (items.findIndex((other) => other.kind === kind) !== at)
        context.addIssue({
          code: 'custom',
          path: [at, 'kind'],
          message: `is "${kind}" a second time, so each fetch would be billed twice\nput both into the tiers of one item`,
        });
  }),
  assumes: z.array(z.string().max(500)).optional(),
  notIncluded: z.array(z.string().max(500)).optional(),
  limit: z
    .strictObject({ requests: z.int().min(1).max(MOST), seconds: z.int().min(1).max(31_536_000), scope: z.string().min(1) })
    .nullable()
    .optional(),
});

export const pricesSchema = z.strictObject({
  /** For editors; nothing is loaded from there. */
  $schema: z.string().optional(),
  notMetered: z.array(z.string()).optional(),
  models: z
    .array(model)
    .min(1)
    .superRefine((models, context) => {
      for (const [at, { id, currency }] of models.entries()) {
        const first = models.findIndex((other) => other.id === id);
        if (first !== at) context.addIssue({ code: 'custom', path: [at, 'id'], message: `"${id}" is there already` });
        const other = models.find((each, index) => index < at && each.provider != null && each.provider === models[at]!.provider);
        if (other !== undefined && other.currency !== currency)
          context.addIssue({
            code: 'custom',
            path: [at, 'currency'],
            message: `is ${currency}, and "${other.id}" prices the same provider in ${other.currency}\nwrite both in one currency`,
          });
      }
    }),
});
