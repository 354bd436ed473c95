/** One JSON line per exchange, and the counts that go with them. No token, secret or assertion ever gets here. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { TokenTaxError } from '../errors.js';
import { redactPath, redactText } from '../redact/index.js';

export interface ExchangeRecord {
  /** When the request arrived, ms since the epoch. */
  readonly time: number;
  readonly method: string;
  readonly host: string | undefined;
  /** Without the query. */
  readonly path: string;
  /** 0: the caller went away before there was one. */
  readonly status: number;
  readonly durationMs: number;
  /** Of the response body. */
  readonly bytes: number;
  /** address:port */
  readonly remote: string;
  /** Counts connections from 1. */
  readonly connection: number;
  readonly clientId?: string | undefined;
  readonly grantType?: string | undefined;
  readonly scope?: string | undefined;
  readonly audience?: string | undefined;
  /** As handed out, s. */
  readonly expiresIn?: number | undefined;
  readonly requestId?: string | undefined;
  readonly traceparent?: string | undefined;
  readonly userAgent?: string | undefined;
  /** Of the loopback: what its cache did. */
  readonly cache?: string | undefined;
}

const MAX_TEXT = 256;
const known = new Map<string, string>();

/** Cut and redacted; remembered, since the same few come again and again. */
const safe = (text: string | undefined): string | undefined => {
  if (text === undefined || text === '') return undefined;
  const hit = known.get(text);
  if (hit !== undefined) return hit;
  const clean = redactText(text.slice(0, MAX_TEXT));
  if (known.size < 1000 && text.length <= MAX_TEXT) known.set(text, clean);
  return clean;
};

const knownPaths = new Map<string, string>();
const safePath = (path: string): string => {
  const hit = knownPaths.get(path);
  if (hit !== undefined) return hit;
  const clean = redactPath(path.slice(0, 2048));
  if (knownPaths.size < 1000 && path.length <= 2048) knownPaths.set(path, clean);
  return clean;
};

/** The line without its end. `recorder` tells analyze whose log it is. */
export const recordLine = (recorder: 'token-tax-idp' | 'token-tax-loopback', record: ExchangeRecord): string =>
  JSON.stringify({
    recorder,
    time: new Date(record.time).toISOString(),
    method: record.method.slice(0, 32),
    host: safe(record.host),
    path: safePath(record.path),
    status: record.status === 0 ? undefined : record.status,
    duration_ms: Math.round(record.durationMs * 1000) / 1000,
    bytes: record.bytes,
    remote: record.remote,
    connection: record.connection,
    client_id: safe(record.clientId),
    grant_type: safe(record.grantType),
    scope: safe(record.scope),
    audience: safe(record.audience),
    expires_in: record.expiresIn,
    cache: record.cache,
    request_id: safe(record.requestId),
    traceparent: safe(record.traceparent),
    user_agent: safe(record.userAgent),
  });

export interface LogFile {
  write(line: string): void;
  /** Everything written so far is in the file when it returns. */
  flush(): void;
  close(): void;
}

const BUFFER_BYTES = 1 << 16;

/** Appends, readable by its owner only; in batches, at the latest every 200 ms. The failure of a write is thrown by `close`. */
export const openLog = (path: string): LogFile => {
  const fail = (cause: unknown): TokenTaxError =>
    new TokenTaxError('UNWRITABLE_OUTPUT', `cannot write ${path}: ${cause instanceof Error ? cause.message : 'failed'}`, {
      cause,
    });
  let descriptor: number;
  try {
    descriptor = openSync(path, 'a', 0o600);
  } catch (cause) {
    throw fail(cause);
  }
  let lines: string[] = [];
  let size = 0;
  let failure: TokenTaxError | undefined;
  const flush = (): void => {
    if (lines.length === 0) return;
    const bytes = Buffer.from(lines.join(''));
    lines = [];
    size = 0;
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
    } catch (cause) {
      failure ??= fail(cause);
    }
  };
  const timer = setInterval(flush, 200).unref();
  return {
    write(line) {
      lines.push(line, '\n');
      size += line.length;
      if (size >= BUFFER_BYTES) flush();
    },
    flush,
    close() {
      clearInterval(timer);
      flush();
      closeSync(descriptor);
      if (failure !== undefined) throw failure;
    },
  };
};

/** What a provider counted since it began. all = ok + failed. */
export interface Counts {
  readonly all: number;
  readonly ok: number;
  readonly failed: number;
  /** Requests that asked for no token: discovery, keys, introspection and all others. */
  readonly siblings: number;
  readonly byClient: Readonly<Record<string, number>>;
  readonly failedByStatus: Readonly<Record<string, number>>;
}

const MAX_CLIENTS = 1000;

export const startCounting = (): { add(record: ExchangeRecord, fetch: boolean): void; counts(): Counts } => {
  const byClient = new Map<string, number>();
  const failedByStatus = new Map<string, number>();
  let ok = 0;
  let failed = 0;
  let siblings = 0;
  return {
    add(record, fetch) {
      if (!fetch) {
        siblings += 1;
        return;
      }
      if (record.status >= 200 && record.status < 300) ok += 1;
      else {
        failed += 1;
        const status = record.status === 0 ? 'none' : String(record.status);
        failedByStatus.set(status, (failedByStatus.get(status) ?? 0) + 1);
      }
      const client = safe(record.clientId) ?? '(not seen)';
      const name = byClient.has(client) || byClient.size < MAX_CLIENTS ? client : '(others)';
      byClient.set(name, (byClient.get(name) ?? 0) + 1);
    },
    counts: () => ({
      all: ok + failed,
      ok,
      failed,
      siblings,
      byClient: Object.fromEntries(byClient),
      failedByStatus: Object.fromEntries(failedByStatus),
    }),
  };
};
