/** Logs whose records are not lines of their own, read as files: each fixture with the records that it must give. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { analyze } from '../src/pipeline.js';
import { type FileReport, readRecords } from '../src/scan/read-records.js';
import { withoutHoles } from '../src/scan/record.js';

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'token-tax-framing-'));
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

type Given = Readonly<Record<string, unknown>>;

const recordsOf = async (text: string): Promise<{ records: Given[]; report: FileReport }> => {
  writeFileSync(join(cwd, 'a.log'), text);
  let report: FileReport | undefined;
  const records: Given[] = [];
  for await (const chunk of readRecords({ inputs: ['a.log'], cwd }, (file) => {
    report = file;
  }))
    records.push(...chunk.map((record) => ({ ...withoutHoles(record) })));
  return { records: records.filter(({ skip }) => skip === undefined), report: report! };
};

/** What these logs do not keep, or keep under another name. */
const expected = (gives: Given): Given => {
  const { assume, forwardedFor, tls, ...rest } = gives;
  // Times are kept in us.
  return typeof rest.durationMs === 'number' ? { ...rest, durationMs: Math.round(rest.durationMs * 1000) / 1000 } : rest;
};

const folder = 'fixtures/log-formats/framed';
for (const name of readdirSync(folder).filter((file) => file.endsWith('.log'))) {
  const text = readFileSync(`${folder}/${name}`, 'utf8');
  const gives = (JSON.parse(readFileSync(`${folder}/${name.replace(/log$/, 'json')}`, 'utf8')) as Given[]).map(expected);
  const requests = gives.filter(({ skip }) => skip === undefined);

  test(name, async () => {
    if (name === 'wrappers.log') {
      for (const [at, line] of text.trimEnd().split('\n').entries())
        expect((await recordsOf(`${line}\n`)).records).toMatchObject([gives[at]]);
      return;
    }
    const { records, report } = await recordsOf(text);
    expect(report.error).toBeUndefined();
    expect(records).toMatchObject(requests);
    expect(report.counts).toMatchObject({ rejected: 0 });
  });

  test(`${name}, cut anywhere`, async () => {
    for (const at of [1, 10, 60, 150, Math.floor(text.length / 2), text.length - 30]) {
      writeFileSync(join(cwd, 'cut.log'), text.slice(0, at));
      const result = await analyze({ inputs: ['cut.log'], cwd }).catch((error: { id: string }) => error.id);
      if (typeof result === 'string') expect(result).toMatch(/^E_(NO_FORMAT_FITS|NO_INPUT|TRUNCATED_INPUT|CORRUPT_INPUT)$/);
    }
  });
}

test('the draft of W3C says seconds, and who says nothing of itself has no unit', async () => {
  const row = '2026-03-02 10:15:30 POST /oauth2/token 200 14';
  const fields = '#Fields: date time cs-method cs-uri-stem sc-status time-taken';
  const iis = await recordsOf(`#Software: Microsoft Internet Information Services 10.0\n${fields}\n${row}\n`);
  expect(iis.records).toMatchObject([{ durationMs: 14 }]);
  const other = await recordsOf(`${fields}\n${row}\n`);
  expect(other.records[0]!.durationMs).toBeUndefined();
});

test('events of Keycloak that are no token requests of a service', async () => {
  const line = (type: string, more = ''): string =>
    `2026-03-02 10:15:30,123 DEBUG [org.keycloak.events] (executor-thread-1) type="${type}", realmId="5c0f", clientId="web", userId="u1", ipAddress="10.20.0.9"${more}\n`;
  const { records, report } = await recordsOf(
    `${line('CLIENT_LOGIN')}${line('LOGIN')}${line('REFRESH_TOKEN')}${line('INTROSPECT_TOKEN')}${line('CLIENT_LOGIN_ERROR', ', error="invalid_client"')}`,
  );
  expect(records.map(({ path, grantType, status }) => [path, grantType, status])).toEqual([
    ['/protocol/openid-connect/token', 'client_credentials', 200],
    ['/protocol/openid-connect/token', 'refresh_token', 200],
    ['/protocol/openid-connect/token/introspect', undefined, 200],
    ['/protocol/openid-connect/token', 'client_credentials', 401],
  ]);
  expect(report.counts).toMatchObject({ read: 5, parsed: 5, notRequests: 1 });
});

const okta = (at: number): Given => ({
  uuid: `u${at}`,
  published: new Date(1772446530123 + at * 1000).toISOString(),
  eventType: 'app.oauth2.as.token.grant.access_token',
  actor: { id: '0oa1b2c3d4', displayName: 'a "}]{[" in a name' },
  client: { ipAddress: '203.0.113.7' },
  outcome: { result: 'SUCCESS' },
});

test('a list of records, on one line or on many, also longer than a line may be', async () => {
  const events = Array.from({ length: 5000 }, (_, at) => okta(at));
  for (const text of [JSON.stringify(events), JSON.stringify(events, null, 2), JSON.stringify({ records: events })]) {
    const { records, report } = await recordsOf(text);
    expect(report.error).toBeUndefined();
    expect(records).toHaveLength(5000);
    expect(records[4999]).toMatchObject({ identity: '0oa1b2c3d4', status: 200, time: 1772446530123 + 4999000 });
    const { input, totals } = await analyze({ inputs: ['a.log'], cwd });
    expect(input.lines).toMatchObject({ read: 5000, parsed: 5000, rejected: 0 });
    expect(totals.fetches).toMatchObject({ all: 5000 });
  }
});

test('a document that is cut keeps what is whole', async () => {
  const text = JSON.stringify(Array.from({ length: 100 }, (_, at) => okta(at)));
  const { records, report } = await recordsOf(text.slice(0, text.length - 40));
  expect(records).toHaveLength(99);
  expect(report.counts).toMatchObject({ read: 100, parsed: 99, rejected: 1 });
});

test('spans of a client count only where they ask an issuer', async () => {
  const text = readFileSync(`${folder}/otlp.log`, 'utf8');
  const { records, report } = await recordsOf(text.replace('https://auth.example.com/oauth2/token', 'http://orders/api/orders'));
  expect(records).toHaveLength(1);
  expect(report.counts).toMatchObject({ read: 2, parsed: 2, notRequests: 1 });
});

test('an object with a log of its own is no capture', async () => {
  const line = { log: { level: 'info' }, time: '2026-03-02T10:15:30Z', method: 'GET', path: '/a', status: 200 };
  expect((await recordsOf(`${JSON.stringify(line)}\n`)).records).toMatchObject([{ path: '/a', status: 200 }]);
});
