/** What the configuration may say about formats. zod costs more to load than a small log to read: only `config` comes here. */
import { z } from 'zod';
import type { OwnFormatDefinition } from './own.js';

const text = z.string().max(4096);
const number = z.number();
const gives = z.strictObject({
  time: z.union([number, z.iso.datetime({ offset: true })]).optional(),
  timeAt: z.enum(['start', 'end']).optional(),
  method: text.optional(),
  path: text.optional(),
  query: text.optional(),
  host: text.optional(),
  status: number.optional(),
  bytes: number.optional(),
  durationMs: number.optional(),
  upstreamMs: number.optional(),
  upstreamAddr: text.optional(),
  client: text.optional(),
  identity: text.optional(),
  userAgent: text.optional(),
  requestId: text.optional(),
  traceId: text.optional(),
  cache: text.optional(),
  node: text.optional(),
  scope: text.optional(),
  audience: text.optional(),
  grantType: text.optional(),
  expiresIn: number.optional(),
  skip: z.enum(['no-request', 'invalid']).optional(),
});

const format: z.ZodType<OwnFormatDefinition> = z
  .strictObject({
    id: z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, 'an id is made of a-z, 0-9 and -, and starts with a letter'),
    title: text.optional(),
    docs: text.optional(),
    pattern: text.optional(),
    map: z.record(z.string(), text).optional(),
    stamped: z.enum(['start', 'end']).optional(),
    samples: z
      .array(z.strictObject({ line: text, gives }))
      .min(1, 'a format needs at least one sample line, and what it gives')
      .max(100),
  })
  .refine(({ pattern, map }) => pattern !== undefined || map !== undefined, 'a format needs a pattern or a map')
  .readonly();

export const formatsSchema = z
  .array(format)
  .max(100)
  .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, 'two formats have the same id');
