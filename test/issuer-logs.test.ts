/**
 * Twenty events of each issuer's own log, as `analyze` counts them. By hand: ten fetches of one client for one resource, 30 s apart,
 * and four of the same client for another one; with a life of an hour one of each is needed, so 9 + 3 are redundant. Four requests of
 * another client are refused. Two events are something else. Other events of the same moment (a grant beside its token) count once.
 */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Analysis } from '../src/analysis/result.js';
import { analyze } from '../src/pipeline.js';

type Event = Record<string, unknown>;
type Kind = 'first' | 'second' | 'refused' | 'other';

const stamp = (second: number): string => new Date(1_772_446_530_000 + second * 1000).toISOString();

const client = '3n4b5c6d7e8f9g0h1i2j3k4l5m';
const refusedClient = 'reports-gw';

/** Second and kind of the twenty events, in the order of a log. */
const events: readonly (readonly [second: number, kind: Kind])[] = [
  ...Array.from({ length: 10 }, (_, at) => [at * 30, 'first'] as const),
  ...Array.from({ length: 4 }, (_, at) => [at * 30 + 7, 'second'] as const),
  ...Array.from({ length: 4 }, (_, at) => [at * 30 + 11, 'refused'] as const),
  ...Array.from({ length: 2 }, (_, at) => [at * 30 + 13, 'other'] as const),
].sort(([a], [b]) => a - b);

interface Issuer {
  readonly format: string;
  readonly event: (second: number, kind: Kind) => Event;
  readonly scopes: readonly [string | undefined, string | undefined];
  readonly audiences: readonly [string | undefined, string | undefined];
  readonly refusedStatus: string;
}

const who = (kind: Kind): string => (kind === 'refused' ? refusedClient : client);

const issuers: readonly Issuer[] = [
  {
    format: 'auth0',
    event: (second, kind) => ({
      log_id: `9002026030210${second}`,
      data: {
        date: stamp(second),
        type: { first: 'seccft', second: 'seccft', refused: 'feccft', other: 'sapi' }[kind],
        client_id: who(kind),
        ip: '203.0.113.7',
        hostname: 'example.eu.auth0.com',
        audience: 'https://api.example.com',
        scope: kind === 'second' ? ['orders.write', 'orders.read'] : 'orders.read',
      },
    }),
    scopes: ['orders.read', 'orders.read orders.write'],
    audiences: ['https://api.example.com', 'https://api.example.com'],
    refusedStatus: '401',
  },
  {
    format: 'okta',
    event: (second, kind) => ({
      uuid: `1b2c3d4e-0000-11f1-8000-${second}`,
      published: stamp(second),
      eventType: {
        first: 'app.oauth2.as.token.grant.access_token',
        second: 'app.oauth2.as.token.grant.access_token',
        refused: 'app.oauth2.as.token.grant',
        // Beside the token that was issued in the same moment.
        other: 'app.oauth2.as.token.grant',
      }[kind],
      actor: { id: who(kind), type: 'PublicClientApp' },
      client: { ipAddress: '203.0.113.7', userAgent: { rawUserAgent: 'orders-gw/4.2' } },
      outcome: kind === 'refused' ? { result: 'FAILURE', reason: 'invalid_client' } : { result: 'SUCCESS' },
      transaction: { id: `Y${second}` },
      debugContext: {
        debugData: {
          requestUri: '/oauth2/aus1/v1/token',
          grantType: 'client_credentials',
          grantedScopes: kind === 'second' ? 'orders.write' : 'orders.read',
        },
      },
    }),
    scopes: ['orders.read', 'orders.write'],
    audiences: [undefined, undefined],
    refusedStatus: '401',
  },
  {
    format: 'entra',
    event: (second, kind) => ({
      time: stamp(second),
      category: kind === 'other' ? 'NonInteractiveUserSignInLogs' : 'ServicePrincipalSignInLogs',
      operationName: 'Sign-in activity',
      resultType: kind === 'refused' ? '7000215' : '0',
      durationMs: 0,
      properties: {
        id: `req-${second}`,
        appId: who(kind),
        resourceId: kind === 'second' ? 'api://reports' : 'api://orders',
        ipAddress: '203.0.113.7',
        status: { errorCode: kind === 'refused' ? 7000215 : 0 },
      },
    }),
    scopes: [undefined, undefined],
    audiences: ['api://orders', 'api://reports'],
    refusedStatus: '401',
  },
  {
    format: 'cloudtrail',
    event: (second, kind) => ({
      eventVersion: '1.08',
      eventTime: stamp(second),
      eventSource: kind === 'other' ? 's3.amazonaws.com' : 'cognito-idp.amazonaws.com',
      eventName: kind === 'other' ? 'GetObject' : 'Token_POST',
      sourceIPAddress: '203.0.113.7',
      userAgent: 'orders-gw/4.2',
      requestParameters: null,
      additionalEventData: {
        responseParameters: { status: kind === 'refused' ? 400.0 : 200.0 },
        requestParameters: {
          grant_type: ['client_credentials'],
          client_id: [who(kind)],
          scope: [kind === 'second' ? 'orders/write' : 'orders/read'],
        },
        userPoolDomain: 'https://shop.auth.eu-west-1.amazoncognito.com',
      },
      eventID: `1b2c3d4e-0000-4000-8000-${second}`,
    }),
    scopes: ['orders/read', 'orders/write'],
    audiences: [undefined, undefined],
    refusedStatus: '400',
  },
];

const run = async ({ event }: Issuer): Promise<Analysis> => {
  const folder = await mkdtemp(join(tmpdir(), 'token-tax-'));
  const lines = events.map(([second, kind]) => JSON.stringify(event(second, kind)));
  await writeFile(join(folder, 'events.log'), `${lines.join('\n')}\n`);
  return analyze({ inputs: [folder], lifetime: ['3600s'] });
};

for (const issuer of issuers) {
  describe(issuer.format, async () => {
    const analysis = await run(issuer);

    test('is found, as the log of an issuer', () => {
      expect(analysis.input.files[0]).toMatchObject({ format: issuer.format, detected: true, role: 'issuer' });
      expect(analysis.input.lines).toMatchObject({ read: 20, parsed: 20, rejected: 0, notRequests: 2 });
    });

    test('each token is a fetch, each refusal a failed one', () => {
      expect(analysis.totals.fetches).toMatchObject({ all: 18, ok: 14, failed: 4, necessary: 2, redundant: 12, unknown: 0 });
      expect(analysis.totals.failedByStatus).toEqual({ [issuer.refusedStatus]: 4 });
    });

    test('the client, its grant, and what it asked for make the keys', () => {
      const keys = analysis.keys.filter(({ fetches }) => fetches.ok > 0);
      const found = keys.map((key) => [
        key.client,
        key.scope ?? undefined,
        key.audience ?? undefined,
        key.grant,
        key.fetches.redundant,
      ]);
      const [first, second] = [0, 1].map((at) => [client, issuer.scopes[at], issuer.audiences[at], 'service', [9, 3][at]]);
      expect(found).toEqual([first, second]);
    });
  });
}
