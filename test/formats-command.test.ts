/** `formats list` has every format, and what the advice tells people to configure is read back, with all that it promises. */
import { describe, expect, test } from 'vitest';
import { main } from '../src/cli/main.js';
import { adviceFor, gatewayAdvice } from '../src/formats/advice.js';
import { evidence } from '../src/formats/evidence.js';
import { formats } from '../src/formats/index.js';
import { isJsonTemplate, jsonTemplateKeys, unwrapDirective } from '../src/formats/template.js';
import { detect } from '../src/scan/detect.js';
import { Unwrapper, wrappersOf } from '../src/scan/framing/unwrap.js';
import { type LogRecord, RecordReader, withoutHoles } from '../src/scan/record.js';
import { fakeIo } from './support/fake-io.js';

const run = async (...argv: string[]): Promise<string> => {
  const io = fakeIo();
  expect(await main(argv, io)).toBe(0);
  return io.out();
};

test('formats list has each format with its other names, in 80 columns', async () => {
  const out = await run('formats', 'list');
  for (const { id, aliases = [] } of formats) {
    expect(out).toMatch(new RegExp(`^${id.replace('+', '\\+')} `, 'm'));
    for (const alias of aliases) expect(out.replace(/\s+/g, ' ')).toContain(alias);
  }
  expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

test.each(formats.flatMap(({ id, aliases = [] }) => [id, ...aliases]))('formats show %s', async (id) => {
  const out = await run('formats', 'show', id);
  expect(out).toContain('\nSamples\n');
  expect(out).not.toMatch(/undefined|\[object/);
});

/** A sample without what stands around its lines. */
const bare = (sample: string): Buffer => {
  const bytes = Buffer.from(sample);
  const stack = wrappersOf(bytes);
  if (stack.length === 0) return bytes;
  const block = { bytes, start: 0, end: bytes.length, offset: 0, overlongBytes: 0 };
  return Buffer.concat(
    [...new Unwrapper(stack).block(block)].map((inner) => Buffer.from(inner.bytes.subarray(inner.start, inner.end))),
  );
};

describe.each(gatewayAdvice)('the advice for $name', ({ id, says, directive, sample, readAs, docs, lacks = [] }) => {
  test('is one paragraph, with a directive and where it is documented', () => {
    expect(says).not.toContain('\n');
    expect(directive).not.toMatch(/\$http_authorization|req\.hdr\(Authorization\)|%REQ\(AUTHORIZATION|\$args\b|\$request_uri/i);
    expect(new URL(docs).protocol).toBe('https:');
  });

  test('writes lines that are read without a flag', () => {
    expect(formats.some((format) => format.id === readAs)).toBe(true);
    if (sample === null) return;
    const bytes = bare(sample);
    const found = detect(`${id}.log`, bytes, { logFormat: undefined, map: [], timeStamps: undefined })!;
    expect(found.format).toBe(readAs);
    let record: LogRecord = {};
    const reader = new RecordReader({ program: found.program, stamped: found.stamped });
    for (let at = 0; at < bytes.length; )
      at = reader.line(bytes, at, bytes.length, 0, (one) => {
        record = withoutHoles(one);
      });
    expect(record).toMatchObject({
      time: lacks.includes('milliseconds') ? 1772446530000 : 1772446530123,
      method: 'POST',
      path: '/oauth2/token',
      status: 200,
      ...(lacks.includes('bytes') ? {} : { bytes: 1184 }),
      durationMs: 14,
      client: '10.20.0.7',
      ...(lacks.includes('client') ? {} : { identity: 'orders-gw' }),
      ...(lacks.includes('user agent') ? {} : { userAgent: 'orders-gw/4.2' }),
    });
    // Apache has no time of a back end.
    if (id !== 'apache' && !lacks.includes('upstream')) expect(record.upstreamMs).toBe(13);
    if (lacks.length > 0) return;
    const facts = { fields: new Set(Object.keys(record)), clientInQuery: false, resolutionMs: reader.resolutionMs };
    const missing = evidence.filter(({ isThere }) => !isThere(facts)).map((one) => one.id);
    expect(missing.filter((lack) => !['upstream', 'scope', 'node', 'lifetime'].includes(lack))).toEqual([]);
  });
});

test('the nginx directives are read as --log-format takes them, and name what their samples hold', () => {
  for (const id of ['nginx', 'kong']) {
    const { directive, sample } = gatewayAdvice.find((one) => one.id === id)!;
    const pasted = directive.split(/\n(?=access_log|proxy_access_log)/)[0]!.replace(/^nginx_http_log_format = /, 'log_format ');
    const template = unwrapDirective(pasted);
    expect(isJsonTemplate(template)).toBe(true);
    expect([...jsonTemplateKeys(template).keys()]).toEqual(Object.keys(JSON.parse(sample!)));
  }
});

test('advice goes by the family of a format, and everyone gets some', () => {
  const ids = (format: string): string[] => adviceFor(format).map(({ id }) => id);
  expect(ids('nginx-timing')).toEqual(['nginx']);
  expect(ids('clf')).toEqual(['nginx', 'apache']);
  expect(ids('clf-combined')).toEqual(['nginx', 'apache']);
  expect(ids('haproxy-clf')).toEqual(['haproxy']);
  expect(ids('istio-json')).toEqual(['envoy']);
  expect(ids('kong-json')).toEqual(['kong']);
  expect(ids('reactor-netty')).toEqual(['spring']);
  expect(ids('tyk-analytics')).toEqual(['tyk']);
  expect(ids('w3c-aspnet')).toEqual(['iis']);
  expect(ids('json')).toEqual(['json']);
  expect(ids('never-heard-of')).toEqual(['json']);
});
