/** Whose a finding is: `--owner PATTERN=NAME`, a glob over clients and endpoints. */
import { TokenTaxError } from '../errors.js';
import { compileGlob, type Glob, matchGlob } from '../events/glob.js';

export interface Owner {
  readonly glob: Glob;
  readonly name: string;
}

export function parseOwner(text: string): Owner {
  const cut = text.lastIndexOf('=');
  if (cut < 1 || cut === text.length - 1)
    throw new TokenTaxError('BAD_OPTION', `--owner cannot be "${text}"`, {
      help: 'Write PATTERN=NAME, such as orders-*=team-orders.',
    });
  return { glob: compileGlob(text.slice(0, cut)), name: text.slice(cut + 1) };
}

/** The first that fits; null without one. */
export const ownerOf = (owners: readonly Owner[], ...names: readonly string[]): string | null =>
  owners.find(({ glob }) => names.some((name) => matchGlob(glob, name)))?.name ?? null;
