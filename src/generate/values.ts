/** How a value is written where a sample of the format shows another one: same shape, same number of digits. */
import type { Field, Slot } from '../formats/define.js';

/** What a line is to say. Times are integer ms. */
export interface LineRecord {
  readonly startMs: number;
  readonly durationMs: number;
  /** Of which in the back end; undefined where none was asked. */
  readonly upstreamMs?: number;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly host: string;
  readonly status: number;
  readonly bytes: number;
  /** Address of the caller. */
  readonly address: string;
  /** Id of the client; '' where none is to be seen. */
  readonly clientId: string;
  readonly userAgent: string;
  /** 32 hex digits; '' where none is to be seen. */
  readonly requestId: string;
  /** 32 hex digits; '' where none is to be seen. */
  readonly traceId: string;
  /** 16 hex digits, of the span that this is; only where a format has spans. */
  readonly spanId?: string;
  /** The span from which it was called. */
  readonly parentSpanId?: string;
  /** Seen by the caller: what it asks of another. */
  readonly isOutgoing?: boolean;
  /** Instance that called the issuer, or that serves the request; '' where none is to be seen. */
  readonly node: string;
  /** Host that writes the log. */
  readonly writer: string;
  readonly scope?: string;
  readonly audience?: string;
  readonly grantType?: string;
  readonly expiresInS?: number;
  readonly cache?: string;
}

/** Writes a value; '': the record says nothing of it. */
export type WriteValue = (record: LineRecord) => string;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Most lines share their second with the line before. */
const perSecond = (write: (iso: string) => string): ((ms: number) => string) => {
  let second = Number.NaN;
  let text = '';
  return (ms) => {
    const now = Math.floor(ms / 1000);
    if (now !== second) {
      text = write(new Date(now * 1000).toISOString());
      second = now;
    }
    return text;
  };
};

const millis = (ms: number): string => String(ms % 1000).padStart(3, '0');

/** `.120` with as many digits as the sample has. */
const fractionLike = (dot: string, digits: number): ((ms: number) => string) =>
  digits === 0 ? () => '' : (ms) => dot + millis(ms).padEnd(digits, '0').slice(0, digits);

/** A time in the shape of the sample's, in UTC; undefined: no shape that is known. */
export function timeWriter(sample: string): ((ms: number) => string) | undefined {
  const isClf = /^(\[?)\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d(\.\d+)?( [+-]\d{4})?(\]?)$/.exec(sample);
  if (isClf !== null) {
    const [, open = '', fraction = '', zone, close = ''] = isClf;
    const second = perSecond(
      (iso) => `${open}${iso.slice(8, 10)}/${MONTHS[Number(iso.slice(5, 7)) - 1]}/${iso.slice(0, 4)}:${iso.slice(11, 19)}`,
    );
    const rest = fractionLike('.', Math.max(0, fraction.length - 1));
    const end = (zone === undefined ? '' : ' +0000') + close;
    return (ms) => second(ms) + rest(ms) + end;
  }
  const isIso = /^\d{4}-\d\d-\d\d([T ])\d\d:\d\d(?::\d\d)?(?:([.,])(\d+))?(Z|[+-]\d\d:?\d\d)?$/.exec(sample);
  if (isIso !== null) {
    const [, gap = 'T', dot = '.', digits = '', zone] = isIso;
    const second = perSecond((iso) => `${iso.slice(0, 10)}${gap}${iso.slice(11, 19)}`);
    const rest = fractionLike(dot, digits.length);
    const end = zone === undefined ? '' : zone === 'Z' ? 'Z' : zone.includes(':') ? '+00:00' : '+0000';
    return (ms) => second(ms) + rest(ms) + end;
  }
  if (/^\d{4}\/\d\d\/\d\d - \d\d:\d\d:\d\d$/.test(sample))
    return perSecond((iso) => `${iso.slice(0, 10).replaceAll('-', '/')} - ${iso.slice(11, 19)}`);
  const isEpoch = /^(\d{10})(\d{3}|\d{6}|\d{9})?(?:\.(\d+))?$/.exec(sample);
  if (isEpoch === null) return undefined;
  const [, , more, fraction] = isEpoch;
  const second = (ms: number): string => String(Math.floor(ms / 1000));
  if (more !== undefined) {
    const end = fraction === undefined ? '' : `.${'0'.repeat(fraction.length)}`;
    return (ms) => second(ms) + millis(ms).padEnd(more.length, '0') + end;
  }
  const rest = fractionLike('.', fraction?.length ?? 0);
  return (ms) => second(ms) + rest(ms);
}

/** ms as seconds with at least three decimals, without a float. */
const secondsLike = (sample: string): ((ms: number) => string) => {
  const zeros = '0'.repeat(Math.max(0, (/\.(\d+)$/.exec(sample)?.[1]?.length ?? 3) - 3));
  return (ms) => `${Math.floor(ms / 1000)}.${millis(ms)}${zeros}`;
};

/** A number of ms in the unit that a field is read in, with as many decimals as ms need. */
export function durationWriter(as: string, sample: string): ((ms: number) => string) | undefined {
  const isWhole = /^\d+$/.test(sample);
  switch (as) {
    case 'seconds':
    case 'seconds-or-unit':
      return secondsLike(sample);
    case 'milliseconds':
      return String;
    case 'microseconds':
      return (ms) => String(ms * 1000);
    case 'nanoseconds':
    case 'nanoseconds-or-unit':
      return isWhole || as === 'nanoseconds' ? (ms) => String(ms * 1_000_000) : (ms) => `${ms}ms`;
    case 'duration-unit':
      // A bare number has no unit that a reader could know: those of Apache's %D.
      return isWhole ? (ms) => String(ms * 1000) : (ms) => `${ms}ms`;
    default:
      return undefined;
  }
}

/** An id in the shape of the sample's: its digits replaced, what is short between dashes (a version, flags) kept. */
export function idWriter(sample: string): (id: string) => string {
  if (!/[0-9a-f]{6}/i.test(sample)) return (id) => id;
  const isHex = /^[0-9a-f-]+$/i.test(sample);
  const parts = sample.split(/([0-9A-Za-z]{3,})/).map((text, at) =>
    // A letter in front stays where it is no digit: some ids are told from numbers by it.
    at % 2 === 0
      ? { keep: text, length: 0 }
      : { keep: !isHex && /^[a-z]/i.test(text) ? text.slice(0, 1) : '', length: text.length },
  );
  const needed = parts.reduce((sum, { keep, length }) => sum + Math.max(0, length - keep.length), 0);
  return (id) => {
    if (id === '') return '';
    const digits = id.repeat(Math.ceil(needed / id.length));
    let at = 0;
    let out = '';
    for (const { keep, length } of parts) {
      const from = at;
      if (length > 0) at += length - keep.length;
      out += keep + digits.slice(from, at);
    }
    return out;
  };
}

const targetOf = ({ path, query }: LineRecord): string => (query === '' ? path : `${path}?${query}`);

/** Origin and target where the sample has an absolute URL. */
const urlWriter = (sample: string): WriteValue => {
  const origin = /^([a-z]+:\/\/)[^/:]+(:\d+)?/.exec(sample);
  return origin === null ? targetOf : (record) => `${origin[1]}${record.host}${origin[2] ?? ''}${targetOf(record)}`;
};

const traceWriter = (sample: string, name: string): WriteValue => {
  if (!/traceparent/i.test(name)) {
    const like = idWriter(sample);
    return ({ traceId }) => like(traceId);
  }
  return ({ traceId }) => (traceId === '' ? '' : `00-${traceId}-${traceId.slice(8, 24)}-01`);
};

/** In the case of the sample: `miss`, `Miss` or `MISS`. */
const caseLike = (sample: string): ((word: string) => string) => {
  if (/^[a-z]/.test(sample)) return (word) => word.toLowerCase();
  if (/^[A-Z][a-z]/.test(sample)) return (word) => word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase();
  return (word) => word;
};

/** Slots of which one value on every line would be wrong: without a value of their own they say nothing. */
const OWN: ReadonlySet<Slot> = new Set(['forwardedFor', 'mtlsSubject', 'token', 'tokenType']);

/** Slots that a record can say nothing of: what the truth knows is written where the format has a place for it. */
export const KNOWN: readonly Slot[] = [
  ...(['host', 'client', 'userAgent', 'clientId', 'requestId', 'traceId', 'upstream', 'bytes', 'cache', 'query'] as const),
  ...(['scope', 'audience', 'grantType', 'expiresIn', 'node', 'writer'] as const),
];

/**
 * How the text of a field is written: '' says that there is nothing to say; undefined leaves what the sample has. `isEnd`: the stamp
 * is the end. `name` is that of the field in its format.
 */
export function valueWriter({ slot, as }: Field, sample: string, isEnd: boolean, name = ''): WriteValue | undefined {
  const optional = (write: ((ms: number) => string) | undefined): WriteValue | undefined =>
    write && (({ upstreamMs }) => (upstreamMs === undefined ? '' : write(upstreamMs)));
  switch (slot) {
    case 'time': {
      const write = timeWriter(sample);
      return write && (({ startMs, durationMs }) => write(isEnd ? startMs + durationMs : startMs));
    }
    case 'duration': {
      if (as === 'time-end') {
        const write = timeWriter(sample);
        return write && (({ startMs, durationMs }) => write(startMs + durationMs));
      }
      const write = durationWriter(as, sample);
      return write && (({ durationMs }) => write(durationMs));
    }
    case 'upstream':
      return optional(durationWriter(as, sample));
    case 'status':
      return ({ status }) => String(status);
    case 'upstreamStatus':
      return ({ status, upstreamMs }) => (upstreamMs === undefined ? '' : String(status));
    case 'upstreamAddr':
      return ({ upstreamMs }) => (upstreamMs === undefined ? '' : sample);
    case 'bytes':
      return ({ bytes }) => String(bytes);
    case 'request': {
      const [, target = '', protocol = ''] = sample.split(' ');
      const write = urlWriter(target);
      const end = protocol === '' ? '' : ` ${protocol}`;
      return (record) => `${record.method} ${write(record)}${end}`;
    }
    case 'method':
      return ({ method }) => method;
    case 'target':
      return urlWriter(sample);
    case 'path':
      return ({ path }) => path;
    case 'query':
      return ({ query }) => query;
    case 'host':
      return ({ host }) => host;
    case 'client':
      return ({ address }) => address;
    case 'identity':
    case 'clientId':
      return ({ clientId }) => clientId;
    case 'userAgent':
      return ({ userAgent }) => userAgent;
    case 'requestId': {
      const like = idWriter(sample);
      return ({ requestId }) => like(requestId);
    }
    case 'traceId':
      return traceWriter(sample, name);
    case 'node':
      return ({ node }) => node;
    case 'writer':
      return ({ writer }) => writer;
    case 'scope':
      return ({ scope = '' }) => scope;
    case 'audience':
      return ({ audience = '' }) => audience;
    case 'grantType':
      return ({ grantType = '' }) => grantType;
    case 'expiresIn':
      return ({ expiresInS }) => (expiresInS === undefined ? '' : String(expiresInS));
    case 'cache': {
      const like = caseLike(sample);
      return ({ cache }) => (cache === undefined ? '' : like(cache));
    }
    default:
      return OWN.has(slot) ? () => '' : undefined;
  }
}
