import { TokenTaxError } from '../errors.js';
import type { Format } from '../formats/define.js';
import { formats } from '../formats/index.js';
import { nearest } from '../input/index.js';

/** For an id that no format has: the one that was probably meant. */
export function unknownFormat(id: string, own: readonly Format[] = []): TokenTaxError {
  const near = nearest(
    id,
    [...own, ...formats].flatMap((format) => [format.id, ...(format.aliases ?? [])]),
  );
  return new TokenTaxError('UNKNOWN_FORMAT', `there is no log format "${id}"`, {
    help: `${near === undefined ? '' : `Did you mean "${near}"? `}\`token-tax formats list\` has all of them; a log_format string is pasted with its $variables.`,
  });
}
