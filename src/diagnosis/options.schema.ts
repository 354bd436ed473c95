/** What the configuration may say of budgets, ignores and rules. zod is heavy to load: only `config` comes here. */
import { z } from 'zod';
import { TokenTaxError } from '../errors.js';
import type { LimitMeasure } from './budgets.js';
import { causeCodes, entryOf, parseLimit, presetNames } from './limits.js';

const value = z.union([z.string(), z.number()]);
const level = z.enum(['off', 'warn', 'error']);

const budget = (measure: LimitMeasure, description: string) =>
  z
    .union([value, z.tuple([level]), z.tuple([level, value])])
    .superRefine((entry, context) => {
      const found = entryOf(entry as Parameters<typeof entryOf>[0]);
      if (found === undefined) return;
      if (found.value === undefined) {
        context.addIssue({ code: 'custom', message: `must have a limit behind the level\nwrite ["${found.level}", VALUE]` });
        return;
      }
      try {
        parseLimit(measure, found.value, '');
      } catch (cause) {
        if (!(cause instanceof TokenTaxError)) throw cause;
        context.addIssue({
          code: 'custom',
          message: `${cause.message.trim()}\n${cause.help}`,
          path: Array.isArray(entry) ? [1] : [],
        });
      }
    })
    .describe(`${description}; a value, or a level and a value: ["warn", VALUE]`)
    .optional();

const budgets = {
  maxRedundant: budget('maxRedundant', 'share of the token fetches that are redundant, at most: "5%"'),
  maxFetchesPer1000: budget('maxFetchesPer1000', 'token fetches for 1,000 requests, at most: 10'),
  minHitRatio: budget('minHitRatio', 'share of the requests that found a token in the cache, at least: "95%"'),
  maxAddedP95: budget('maxAddedP95', 'time that requests wait for a token, 95th percentile of all requests, at most: "50ms"'),
  maxCost: budget('maxCost', 'cost of redundant fetches in a month, at most: "USD 100"; takes analysis.price'),
};

const scoped = (of: string) =>
  z.record(z.string().min(1), z.strictObject(budgets)).describe(`the same by ${of}, a glob`).optional();

export const budgetsSchema = z
  .strictObject({ ...budgets, clients: scoped('client'), routes: scoped('route') })
  .describe('what the result is held against by `token-tax check`; limits are inclusive');

const code = z.enum([...causeCodes] as [string, ...string[]]);

export const failOnSchema = z.array(code).describe('causes that fail a check, such as TT101');

export const ignoreSchema = z
  .array(
    z
      .strictObject({
        client: z.string().min(1).describe('glob').optional(),
        endpoint: z.string().min(1).describe('glob').optional(),
        code: code.optional(),
        id: z.string().min(1).describe('id of one finding').optional(),
        reason: z.string().min(1, 'must say why'),
        owner: z.string().min(1).optional(),
        until: z.iso.date('must be a day such as "2026-09-01"').describe('the last day it holds').optional(),
      })
      .refine(
        ({ client, endpoint, code: one, id }) => [client, endpoint, one, id].some((part) => part !== undefined),
        'must say what is ignored: client, endpoint, code or id',
      ),
  )
  .describe('findings that somebody answers for; their redundant fetches do not count in budgets of the share and the cost');

export const presetSchema = z
  .enum([...presetNames] as [string, ...string[]])
  .describe('budgets to start from; those of `budgets` replace its own');
