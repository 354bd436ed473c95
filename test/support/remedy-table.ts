/** The page that says what remedies promised and what they did, from one run of test/servers/remedies.test.ts. */
export interface Row {
  readonly title: string;
  readonly requests: number;
  /** Fetches of the same traffic without a remedy. */
  readonly before: number;
  readonly promised: { readonly low: number; readonly high: number };
  readonly after: number;
  /** Requests that were not answered 200 while the issuer was there. */
  readonly invalid: number;
  readonly mostAtOnce: number;
  /** Attempts while the issuer was down. */
  readonly failed: number;
}

const interval = ({ low, high }: Row['promised']): string => (low === high ? String(low) : `${low} to ${high}`);

export const measuredPage = (rows: readonly Row[], versions: readonly string[]): string => `# Remedies, promised and measured

Made by

    REMEDIES_TABLE=docs/remedies-measured.md REQUIRE_SERVERS=1 npx vitest run test/servers/remedies.test.ts

which starts the configurations of \`src/remedy\` on the real servers, side by side, in front of oidc-provider and of a back end that answers
401 unless a token is alive. Servers: ${versions.join(', ')}.

Tokens live 8 s, the margin is 1.5 s. Traffic: 60 requests at once into a cold cache, then 100 a second over 23 s;
9 s of silence, longer than a token lives; 2 s of traffic again. *Before* is that traffic through a gateway without a cache, *promised* what
\`simulate\` foretells from its logs for the policy of the remedy, *after* what the provider's recording proxy counted. Then the issuer fails for 11 s
under 40 requests a second: *attempts while down*.

| remedy | requests | fetches before | promised | after | requests without a valid token | most fetches at once | attempts while down |
|---|---:|---:|---:|---:|---:|---:|---:|
${rows
  .map(
    (row) =>
      `| ${row.title} | ${row.requests} | ${row.before} | ${interval(row.promised)} | ${row.after} | ${row.invalid} | ${row.mostAtOnce} | ${row.failed} |`,
  )
  .join('\n')}

The endpoint of nginx cuts time into slots: for each stretch of requests it may take one fetch more than a cache that counts from its first fetch,
which is why its promise is an interval. While the issuer was down no server handed out a dead token: requests were answered 503 from the end of
the last token on, and 200 again by themselves when it was back.
`;
