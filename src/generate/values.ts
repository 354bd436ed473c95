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
  /** 32 hex digits. */
  readonly requestId: string;
  readonly writer: string;
  readonly scope?: string;
  readonly grantType?: string;
  readonly expiresInS?: number;
  readonly cache?: string;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

let clfSecond = Number.NaN;
let clfText = '';
/** `02/Mar/2026:10:15:30`; most lines share their second with the line before. */
const clf = (ms: number): string => {
  const second = Math.floor(ms / 1000);
  if (second !== clfSecond) {
    const iso = new Date(second * 1000).toISOString();
    clfText = `${iso.slice(8, 10)}/${MONTHS[Number(iso.slice(5, 7)) - 1]}/${iso.slice(0, 4)}:${iso.slice(11, 19)}`;
    clfSecond = second;
  }
  return clfText;
};

/** A time in the shape of the sample's, in UTC; undefined: no shape that is known. */
export function timeLike(sample: string, ms: number): string | undefined {
  const millis = String(ms % 1000).padStart(3, '0');
  const isClf = /^(\[?)\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d(\.\d+)?( [+-]\d{4})?(\]?)$/.exec(sample);
  if (isClf !== null) {
    const [, open = '', fraction, zone, close = ''] = isClf;
    return `${open}${clf(ms)}${fraction === undefined ? '' : `.${millis.padEnd(fraction.length - 1, '0').slice(0, fraction.length - 1)}`}${zone === undefined ? '' : ' +0000'}${close}`;
  }
  const isIso = /^\d{4}-\d\d-\d\d([T ])\d\d:\d\d:\d\d(?:([.,])(\d+))?(Z|[+-]\d\d:?\d\d)?$/.exec(sample);
  if (isIso !== null) {
    const [, gap = 'T', dot = '.', digits, zone] = isIso;
    const text = new Date(ms).toISOString();
    const fraction = digits === undefined ? '' : `${dot}${millis.padEnd(digits.length, '0').slice(0, digits.length)}`;
    return `${text.slice(0, 10)}${gap}${text.slice(11, 19)}${fraction}${zone === undefined ? '' : zone === 'Z' ? 'Z' : zone.includes(':') ? '+00:00' : '+0000'}`;
  }
  if (/^\d{4}\/\d\d\/\d\d - \d\d:\d\d:\d\d$/.test(sample)) {
    const text = new Date(ms).toISOString();
    return `${text.slice(0, 10).replaceAll('-', '/')} - ${text.slice(11, 19)}`;
  }
  const isEpoch = /^(\d{10})(\d{3}|\d{6}|\d{9})?(?:\.(\d+))?$/.exec(sample);
  if (isEpoch === null) return undefined;
  const [, , more, fraction] = isEpoch;
  const second = String(Math.floor(ms / 1000));
  if (more !== undefined)
    return second + millis.padEnd(more.length, '0') + (fraction === undefined ? '' : `.${'0'.repeat(fraction.length)}`);
  return fraction === undefined ? second : `${second}.${millis.padEnd(fraction.length, '0').slice(0, fraction.length)}`;
}

/** A number of ms in the unit that a field is read in, with as many decimals as ms need. */
export function durationAs(as: string, ms: number, sample: string): string | undefined {
  switch (as) {
    case 'seconds':
    case 'seconds-or-unit':
      return (ms / 1000).toFixed(3);
    case 'milliseconds':
      return String(ms);
    case 'microseconds':
      return String(ms * 1000);
    case 'nanoseconds':
    case 'nanoseconds-or-unit':
      return /^\d+$/.test(sample) || as === 'nanoseconds' ? String(ms * 1_000_000) : `${ms}ms`;
    case 'duration-unit':
      // A bare number has no unit that a reader could know: those of Apache's %D.
      return /^\d+$/.test(sample) ? String(ms * 1000) : `${ms}ms`;
    default:
      return undefined;
  }
}

/** An id in the shape of the sample's: its hex digits replaced, what is short between dashes (a version, flags) kept. */
export const idLike = (sample: string, id: string): string => {
  if (!/[0-9a-f]{6}/i.test(sample)) return id;
  let at = 0;
  return sample.replace(/[0-9A-Za-z]{3,}/g, (run) => {
    // A letter in front stays: some ids are told from numbers by it.
    let out = /^[a-z]/i.test(run) ? run.slice(0, 1) : '';
    while (out.length < run.length) out += id[at++ % id.length];
    return out;
  });
};

const targetOf = ({ path, query }: LineRecord): string => (query === '' ? path : `${path}?${query}`);

/** Origin and target where the sample has an absolute URL. */
const urlLike = (sample: string, record: LineRecord): string => {
  const origin = /^([a-z]+:\/\/)[^/:]+(:\d+)?/.exec(sample);
  return origin === null ? targetOf(record) : `${origin[1]}${record.host}${origin[2] ?? ''}${targetOf(record)}`;
};

/** Slots of which one value on every line would be wrong: without a value of their own they say nothing. */
const OWN: ReadonlySet<Slot> = new Set(['traceId', 'forwardedFor', 'mtlsSubject', 'token', 'tokenType', 'audience', 'node']);

/**
 * The text of a field: '' says that there is nothing to say; undefined leaves what the sample has. `isEnd`: the stamp is the end.
 */
export function textOf(field: Field, sample: string, record: LineRecord, isEnd: boolean): string | undefined {
  const { slot, as } = field;
  const endMs = record.startMs + record.durationMs;
  switch (slot) {
    case 'time':
      return timeLike(sample, isEnd ? endMs : record.startMs);
    case 'duration':
      return as === 'time-end' ? timeLike(sample, endMs) : durationAs(as, record.durationMs, sample);
    case 'upstream':
      return record.upstreamMs === undefined ? '' : durationAs(as, record.upstreamMs, sample);
    case 'status':
    case 'upstreamStatus':
      return String(record.status);
    case 'bytes':
      return String(record.bytes);
    case 'request': {
      const [, target = '', protocol = ''] = sample.split(' ');
      return `${record.method} ${urlLike(target, record)} ${protocol}`.trimEnd();
    }
    case 'method':
      return record.method;
    case 'target':
      return urlLike(sample, record);
    case 'path':
      return record.path;
    case 'query':
      return record.query;
    case 'host':
      return record.host;
    case 'client':
      return record.address;
    case 'identity':
    case 'clientId':
      return record.clientId;
    case 'userAgent':
      return record.userAgent;
    case 'requestId':
      return idLike(sample, record.requestId);
    case 'writer':
      return record.writer;
    case 'scope':
      return record.scope ?? '';
    case 'grantType':
      return record.grantType ?? '';
    case 'expiresIn':
      return record.expiresInS === undefined ? '' : String(record.expiresInS);
    case 'cache':
      return record.cache === undefined ? '' : /^[a-z]/.test(sample) ? record.cache.toLowerCase() : record.cache;
    default:
      return OWN.has(slot) ? '' : undefined;
  }
}
