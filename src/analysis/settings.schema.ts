/** What the configuration may say of the analysis. zod is heavy to load: only `config` comes here. */
import { z } from 'zod';
import { TokenTaxError } from '../errors.js';
import { parseMaxMemory } from './memory.js';
import { parseLifetime, parseMargin, parsePrice } from './options.js';
import { parseRateLimit } from './pricing.js';

/** Text that a reader of options has to understand; its own words are the message. */
export const readBy = (read: (text: string) => unknown, description: string) =>
  z
    .string()
    .superRefine((text, context) => {
      try {
        read(text);
      } catch (cause) {
        if (!(cause instanceof TokenTaxError)) throw cause;
        const message = cause.message.replace(/^--\S+ /, '');
        context.addIssue({ code: 'custom', message: `${message}\n${cause.help}` });
      }
    })
    .describe(description);

export const analysisSchema = z
  .strictObject({
    margin: readBy(parseMargin, 'how long before its end a token is left alone: "60s", "10%"').optional(),
    holder: z.enum(['node', 'shared']).describe('who can keep a token').optional(),
    grant: z.enum(['service', 'user']).describe('whose tokens they are, where the log does not tell').optional(),
    maxHidden: z.int().min(1).max(999_999_999).describe('how many holders may hide behind one address').optional(),
    maxMemory: readBy(parseMaxMemory, 'how much memory to take: "256M", "1G"; at least 96M').optional(),
    siblingTtl: z.array(z.string().min(1)).describe('how long answers beside tokens may be kept: "jwks=10m"').optional(),
    price: readBy(parsePrice, 'for token responses: "USD 2.25/1000"').optional(),
    priceModels: z.array(z.string().min(1)).describe('price lists by id: "cognito-m2m"').optional(),
    prices: z.string().min(1).describe('file with price lists of your own').optional(),
    rateLimit: readBy(parseRateLimit, 'what the issuer allows: "10/s", "600/m"').optional(),
  })
  .describe('what counts as redundant');

export const issuersSchema = z
  .array(
    z.strictObject({
      match: z.string().min(1).describe('an endpoint (it has a slash), a client, or "*" for all'),
      lifetime: readBy(parseLifetime, 'how long its tokens live: "3600s", "1h"'),
    }),
  )
  .describe('lifetimes, where the log does not tell them');
