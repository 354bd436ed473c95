/** The configuration, composed of what each room lets be set. */
import { z } from 'zod';
import { analysisSchema, issuersSchema, readBy } from '../analysis/settings.schema.js';
import { budgetsSchema, failOnSchema, ignoreSchema, presetSchema } from '../diagnosis/options.schema.js';
import { parseEndpointPattern } from '../events/pattern.js';
import { parseTimeBound } from '../events/time-bound.js';
import { parseWhere } from '../events/where.js';
import { formatsSchema } from '../formats/options.schema.js';
import { zoneShift } from '../scan/zones.js';

const names = z.array(z.string().min(1));
const utc = zoneShift('UTC');

const inputSchema = z
  .strictObject({
    files: names.describe('read where the command line names no input').optional(),
    gateway: names.describe('logs of the gateway, where the command line names no input').optional(),
    idp: names.describe('logs of the identity provider, likewise').optional(),
    loopback: names.describe('logs of an endpoint that serves tokens from a cache, likewise').optional(),
    logFormat: z.string().min(1).describe('id of a format, or a log_format string').optional(),
    map: z
      .record(z.string(), z.union([z.string(), names]))
      .describe('fields of an unknown JSON log')
      .optional(),
    timeStamps: z.enum(['start', 'end']).optional(),
    tz: readBy(zoneShift, 'zone of time stamps without one: "UTC", "+02:00", "Europe/Paris"').optional(),
    since: readBy((text) => parseTimeBound('since', text, utc), 'requests from this time on').optional(),
    until: readBy((text) => parseTimeBound('until', text, utc), 'requests up to this time').optional(),
    where: readBy(parseWhere, 'requests like this').optional(),
    tokenEndpoints: z.array(readBy(parseEndpointPattern, 'one more token endpoint')).optional(),
    sampled: z.string().min(1).describe('the logs hold this share of the requests: "1/10"').optional(),
    tokenRoutes: z.array(readBy(parseEndpointPattern, 'routes that need a token')).optional(),
    workers: z.int().min(1).max(256).describe('threads that read; as many as there are cores if not given').optional(),
  })
  .describe('what is read, and how');

const outputSchema = z
  .strictObject({
    format: z.string().min(1).optional(),
    files: names.describe('FORMAT=FILE').optional(),
    color: z.enum(['auto', 'always', 'never']).optional(),
    quiet: z.boolean().optional(),
    verbose: z.boolean().optional(),
    details: z.boolean().optional(),
  })
  .describe('how it is printed');

export const configSchema = z.strictObject({
  /** For editors; nothing is loaded from there. */
  $schema: z.string().optional(),
  extends: z
    .union([z.string().min(1), z.array(z.string().min(1))])
    .describe('configurations that this one is laid over, named from where it stands; of several the later wins')
    .optional(),
  input: inputSchema.optional(),
  issuers: issuersSchema.optional(),
  analysis: analysisSchema.optional(),
  preset: presetSchema.optional(),
  budgets: budgetsSchema.optional(),
  failOn: failOnSchema.optional(),
  ignore: ignoreSchema.optional(),
  baseline: z.string().min(1).describe('file that `check --update-baseline` writes').optional(),
  inconclusive: z.enum(['fail', 'pass']).describe('what a check that decides nothing ends with: 4, or 0').optional(),
  onError: z.enum(['fail', 'warn']).describe('what a check that fails itself ends with: 3, or 0 and a warning').optional(),
  owners: z.record(z.string().min(1), z.string().min(1)).describe('globs of clients or endpoints, and whose they are').optional(),
  output: outputSchema.optional(),
  formats: formatsSchema.optional(),
});

export type ConfigData = z.infer<typeof configSchema>;

export const CONFIG_SCHEMA_ID = 'urn:token-tax:config:1';

export const configJsonSchema = (): Record<string, unknown> => {
  const { $schema, ...schema } = z.toJSONSchema(configSchema, { target: 'draft-2020-12', io: 'input', unrepresentable: 'any' });
  return { $schema, $id: CONFIG_SCHEMA_ID, title: 'The configuration of token-tax, version 1', ...schema };
};
