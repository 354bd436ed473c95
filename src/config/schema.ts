/** The configuration, composed of what each room lets be set. */
import { z } from 'zod';
import { formatsSchema } from '../formats/options.schema.js';

export const configSchema = z.strictObject({
  /** For editors; nothing is loaded from there. */
  $schema: z.string().optional(),
  formats: formatsSchema.optional(),
});
