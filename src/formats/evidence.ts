/** What a log can and cannot prove, by what its records hold. Data: what is missing, and which figure or finding it costs. */

/** What is known of a log after a look at some of its records. */
export interface LogFacts {
  /** Fields that at least one record fills, by the keys of a record. */
  readonly fields: ReadonlySet<string>;
  /** A client id may also stand in a query. */
  readonly clientInQuery: boolean;
  readonly resolutionMs: number;
}

export interface Evidence {
  readonly id: string;
  /** What is there, in a word or two. */
  readonly has: string;
  /** What is not. */
  readonly lacks: string;
  readonly costs: string;
  readonly isThere: (facts: LogFacts) => boolean;
}

const any =
  (...names: readonly string[]) =>
  ({ fields }: LogFacts): boolean =>
    names.some((name) => fields.has(name));

export const evidence: readonly Evidence[] = [
  {
    id: 'client',
    has: 'the client',
    lacks: 'no client field',
    costs:
      'callers are told apart by address and agent, so many may hide behind one: the low end of the range falls, and TT105 and TT114 cannot be decided',
    isThere: (facts) => facts.clientInQuery || any('identity')(facts),
  },
  {
    id: 'stamps',
    has: 'stamps below a second',
    lacks: 'stamps of 1 s',
    costs: 'the order inside a second is not known: TT103 and TT107 cannot be decided, and lives below 20 s get a range',
    isThere: ({ resolutionMs }) => resolutionMs < 1000,
  },
  {
    id: 'durations',
    has: 'durations',
    lacks: 'no durations',
    costs: 'no time of a fetch, no waiting time, no connections held; the start of a request is taken from its stamp',
    isThere: any('durationMs'),
  },
  {
    id: 'upstream',
    has: 'the time of the back end',
    lacks: 'no upstream time',
    costs: 'what the gateway itself adds to a request cannot be seen (taxMs), nor whether a request reached the back end',
    isThere: any('upstreamMs', 'upstreamAddr'),
  },
  {
    id: 'agent',
    has: 'user agents',
    lacks: 'no user agent',
    costs: 'health checks by agent are counted as demand, and people are not told from machines: see --grant',
    isThere: any('userAgent'),
  },
  {
    id: 'scope',
    has: 'scopes or grants',
    lacks: 'no scope and no grant',
    costs:
      'tokens for different scopes look like one: the low end of the range falls, TT105 cannot be decided, and user logins may be counted',
    isThere: any('scope', 'audience', 'grantType'),
  },
  {
    id: 'node',
    has: 'nodes',
    lacks: 'no node',
    costs: 'the holder of a token is an address: TT106, TT107 and TT113 cannot be decided behind a NAT or a proxy',
    isThere: any('node'),
  },
  {
    id: 'lifetime',
    has: 'lifetimes',
    lacks: 'no lifetime',
    costs:
      'say it with --lifetime, or the verdict is a floor for 300 s; TT104, TT108 and TT109 cannot be decided from the log alone',
    isThere: any('expiresIn'),
  },
];
