/** Captures and traces: they also show what a gateway asks of the issuer. */
import type { Printer } from './print.js';
import { idWriter, type LineRecord } from './values.js';

const url = ({ host, path, query }: LineRecord): string => `https://${host}${path}${query === '' ? '' : `?${query}`}`;

const harEntry = (record: LineRecord): string => {
  const { startMs, durationMs, upstreamMs } = record;
  const headers = [
    { name: 'User-Agent', value: record.userAgent },
    ...(record.requestId === '' ? [] : [{ name: 'X-Request-Id', value: record.requestId }]),
  ];
  return JSON.stringify({
    startedDateTime: new Date(startMs).toISOString(),
    time: durationMs,
    request: {
      method: record.method,
      url: url(record),
      httpVersion: 'HTTP/1.1',
      headers,
      queryString: [],
      headersSize: -1,
      bodySize: -1,
    },
    response: {
      status: record.status,
      statusText: '',
      httpVersion: 'HTTP/1.1',
      headers: [],
      content: { size: record.bytes, mimeType: 'application/json' },
      headersSize: -1,
      bodySize: record.bytes,
    },
    cache: {},
    timings: {
      ...{ blocked: -1, dns: -1, connect: -1, ssl: -1 },
      send: upstreamMs === undefined ? durationMs : durationMs - upstreamMs,
      wait: upstreamMs ?? -1,
      receive: 0,
    },
    ...(upstreamMs === undefined ? {} : { serverIPAddress: '10.30.1.11' }),
  });
};

const har: Printer = {
  format: 'har',
  shows: new Set(['time', 'duration', 'upstream', 'method', 'target', 'host', 'userAgent', 'status', 'bytes']),
  print: harEntry,
  document: {
    open: '{"log":{"version":"1.2","creator":{"name":"mitmproxy","version":"11.0"},"entries":[\n',
    ...{ gap: ',\n', end: '', close: '\n]}}\n' },
  },
  seesFetches: true,
};

const trace = idWriter('7c1e9a04b5d24f6f8a3b2c1d0e9f8a7b');
const text = (key: string, value: string): unknown => ({ key, value: { stringValue: value } });
const number = (key: string, value: number): unknown => ({ key, value: { intValue: String(value) } });

/** One line as the file exporter of the collector writes it, with one span. */
const spanLine = (record: LineRecord): string => {
  const { startMs, durationMs, isOutgoing = false, parentSpanId = '' } = record;
  const instance = record.node === '' || !isOutgoing ? record.writer : record.node;
  const span = {
    traceId: trace(record.traceId),
    spanId: record.spanId ?? record.traceId.slice(0, 16),
    parentSpanId,
    name: isOutgoing ? record.method : `${record.method} ${record.path}`,
    kind: isOutgoing ? 3 : 2,
    startTimeUnixNano: `${startMs}000000`,
    endTimeUnixNano: `${startMs + durationMs}000000`,
    attributes: [
      text('http.request.method', record.method),
      ...(isOutgoing ? [text('url.full', url(record))] : [text('url.path', record.path), text('server.address', record.host)]),
      number('http.response.status_code', record.status),
      ...(isOutgoing ? [] : [text('client.address', record.address)]),
      text('user_agent.original', record.userAgent),
    ],
    status: {},
  };
  return JSON.stringify({
    resourceSpans: [
      {
        resource: {
          attributes: [
            text('service.name', record.writer.replace(/-\d+$/, '') === 'issuer' ? 'issuer' : 'gateway'),
            text('service.instance.id', instance),
          ],
        },
        scopeSpans: [{ scope: { name: 'http' }, spans: [span] }],
      },
    ],
  });
};

const otlp: Printer = {
  format: 'otlp',
  shows: new Set([
    'time',
    'duration',
    'method',
    'path',
    'host',
    'userAgent',
    'status',
    'client',
    'traceId',
    'requestId',
    'writer',
  ]),
  print: spanLine,
  document: { open: '', gap: '', end: '\n', close: '' },
  seesFetches: true,
};

/** The printer of a whole document; undefined: the format is none. */
export const documentPrinter = (format: string): Printer | undefined => [har, otlp].find((one) => one.format === format);
