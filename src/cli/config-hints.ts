/** Settings of a configuration that changed nothing in a run: more often than not what they name has gone, or is spelled in another way. */
import { lifetimeRuleFor, parseLifetime } from '../analysis/options.js';
import type { Analysis } from '../analysis/result.js';
import type { OpenConfig } from '../config/load.js';
import { type AppliedIgnores, nameOf } from '../diagnosis/ignores.js';
import type { ErrorPlace } from '../errors.js';
import { compileGlob, matchGlob } from '../events/glob.js';
import { shown } from '../report/cells.js';

export interface ConfigHint {
  /** `budgets.clients["orders-*"] fits no client` */
  readonly says: string;
  readonly place: ErrorPlace;
}

type Path = readonly (string | number)[];

const named = (path: Path): string =>
  path
    .map((part, at) =>
      typeof part === 'number'
        ? `[${part}]`
        : !/^[\w$]+$/.test(part)
          ? `[${JSON.stringify(part)}]`
          : at === 0
            ? part
            : `.${part}`,
    )
    .join('');

/**
 * What the configuration names and these logs do not have: clients, routes, issuers, owners, ignores. Where keys or routes were folded into a
 * row of others nobody can tell, and nothing is said of them.
 */
export const configHints = (
  { data, placeOf }: OpenConfig,
  analysis: Pick<Analysis, 'keys' | 'routes'>,
  unused: AppliedIgnores['unused'],
): ConfigHint[] => {
  const hints: ConfigHint[] = [];
  const hint = (path: Path, says: string): void =>
    void hints.push({ says: `${shown(named(path))} ${says}`, place: placeOf(path) });
  const { keys, routes } = analysis;
  const fits = (pattern: string, texts: readonly string[]): boolean => {
    const glob = compileGlob(pattern);
    return texts.some((text) => matchGlob(glob, text));
  };
  if (!keys.some(({ id }) => id === 'k-others')) {
    const clients = keys.map(({ client }) => client);
    const endpoints = keys.map(({ endpoint }) => endpoint);
    for (const pattern of Object.keys(data.budgets?.clients ?? {}))
      if (!fits(pattern, clients)) hint(['budgets', 'clients', pattern], 'fits no client');
    for (const pattern of Object.keys(data.owners ?? {}))
      if (!fits(pattern, [...clients, ...endpoints])) hint(['owners', pattern], 'fits no client and no endpoint');
    for (const [at, { match }] of (data.issuers ?? []).entries()) {
      const rule = parseLifetime(match === '*' ? '1s' : `${match}=1s`);
      const used = keys.some(({ client, endpoint }) => {
        const slash = endpoint.indexOf('/');
        const host = slash > 0 ? endpoint.slice(0, slash) : undefined;
        return lifetimeRuleFor([rule], { client, host, path: endpoint.slice(Math.max(0, slash)) }) !== undefined;
      });
      if (!used) hint(['issuers', at, 'match'], 'fits no endpoint and no client');
    }
  }
  // The last row of routes may stand for many.
  const paths = routes.map(({ route }) => route);
  if (!paths.some((path) => path.startsWith('(')))
    for (const pattern of Object.keys(data.budgets?.routes ?? {}))
      if (!fits(pattern, paths)) hint(['budgets', 'routes', pattern], 'fits no route');
  for (const ignore of unused) {
    const at = data.ignore?.findIndex((one) => nameOf(one) === nameOf(ignore)) ?? -1;
    hint(at < 0 ? ['ignore'] : ['ignore', at], `(${shown(nameOf(ignore))}) fits no finding`);
  }
  return hints;
};
