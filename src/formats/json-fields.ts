/** The field map of a JSON log with usual names: made from the keys that its records really have, plus what `--map` says. */
import { TokenTaxError } from '../errors.js';
import { type Field, type Format, type Reading, type Slot, slots } from './define.js';
import { normalName, usualNames } from './variables.js';

export interface MapRule {
  readonly field: string;
  readonly names: readonly string[];
  readonly unit: Reading | undefined;
}

const UNITS: Readonly<Record<string, Reading>> = { s: 'seconds', ms: 'milliseconds', us: 'microseconds', ns: 'nanoseconds' };

/** Names that `--map` takes, besides those of the slots. */
const MAP_NAMES: Readonly<Record<string, Slot>> = {
  client_id: 'clientId',
  clientid: 'clientId',
  consumer: 'clientId',
  address: 'client',
  ip: 'client',
  url: 'target',
  uri: 'target',
  user_agent: 'userAgent',
  agent: 'userAgent',
  request_id: 'requestId',
  trace_id: 'traceId',
  grant_type: 'grantType',
  grant: 'grantType',
  expires_in: 'expiresIn',
  resource: 'audience',
  instance: 'node',
  pod: 'node',
  durationms: 'duration',
  upstreamms: 'upstream',
};

/** `field=name[,name][:unit]`. */
export function parseMapRule(text: string): MapRule {
  const match = /^([A-Za-z_]+)=(.+?)(?::(s|ms|us|ns))?$/.exec(text.trim());
  const field = match?.[1] ?? '';
  if (match === null || slotOf(field) === undefined) {
    throw new TokenTaxError('BAD_OPTION', `--map cannot be "${text}"`, {
      why: match === null ? 'it is not of the form FIELD=NAME[,NAME]' : `there is no field "${field}"`,
      help: `Fields: ${[...slots].join(', ')}. Example: --map client=svc --map duration=took:ms`,
    });
  }
  const unit = match[3] === undefined ? undefined : UNITS[match[3]];
  return {
    field,
    names: match[2]!
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
    unit,
  };
}

function slotOf(name: string): Slot | undefined {
  const exact = slots.find((slot) => slot === name);
  return exact ?? slots.find((slot) => slot.toLowerCase() === name.toLowerCase()) ?? MAP_NAMES[name.toLowerCase()];
}

/** Dotted paths of the keys in the records, with the number of records that have each. Three levels are enough for usual names. */
export function recordKeys(records: readonly Record<string, unknown>[]): Map<string, number> {
  const counts = new Map<string, number>();
  const walk = (value: Record<string, unknown>, prefix: string, depth: number): void => {
    for (const [key, inner] of Object.entries(value).slice(0, 256)) {
      const path = prefix === '' ? key : `${prefix}.${key}`;
      if (inner !== null && typeof inner === 'object' && !Array.isArray(inner)) {
        if (depth < 4) walk(inner as Record<string, unknown>, path, depth + 1);
      } else counts.set(path, (counts.get(path) ?? 0) + 1);
    }
  };
  for (const record of records) walk(record, '', 0);
  return counts;
}

const ADDRESS = /^\[?[0-9a-fA-F.:]+\]?(?::\d+)?$/;
const isAddress = (value: unknown): boolean => typeof value === 'string' && ADDRESS.test(value) && /[.:]/.test(value);

/** The value at a dotted path of a record; undefined without. */
export function valueAt(record: Record<string, unknown>, path: string): unknown {
  if (Object.hasOwn(record, path)) return record[path];
  let value: unknown = record;
  for (const key of path.split('.')) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

/** The values that a dotted path has in the records. */
const valuesOf = (records: readonly Record<string, unknown>[], path: string): unknown[] =>
  records.map((record) => valueAt(record, path)).filter((value) => value !== undefined && value !== null);

/** Whether a record has the key, or the value, that a format needs (`JsonLayout.needs`). */
export function meets(record: Record<string, unknown>, need: string): boolean {
  const cut = need.indexOf('=');
  if (cut < 0) return valueAt(record, need) !== undefined;
  const value = String(valueAt(record, need.slice(0, cut)));
  const wanted = need.slice(cut + 1);
  const text = wanted.replace(/^\*|\*$/g, '');
  if (wanted.startsWith('*')) return wanted.endsWith('*') ? value.includes(text) : value.endsWith(text);
  return wanted.endsWith('*') ? value.startsWith(text) : value === text;
}

/** Names such as `client` and `caller` hold an address in one log and an id in the next: the values decide. */
const asSeen = (field: Field, values: readonly unknown[]): Field => {
  if (field.slot !== 'clientId' && field.slot !== 'client') return field;
  if (values.length === 0) return field;
  const addresses = values.filter(isAddress).length * 2 > values.length;
  return { ...field, slot: addresses ? 'client' : 'clientId' };
};

/** Loggers say in `caller` which line of a program wrote the record: that called nobody. */
const CODE_PLACE = /\.[A-Za-z]{1,4}:\d+$/;

/** A bare `request` key holds the request line, a URL or an object; `duration` may be text with a unit or a number of unknown unit. */
function fitsValues(field: Field, values: readonly unknown[]): boolean {
  const texts = values.filter((value) => typeof value === 'string');
  switch (field.slot) {
    case 'request':
      return texts.some((text) => /^\S+ \S/.test(text));
    case 'method':
      return texts.some((text) => /^[A-Za-z]{3,12}$/.test(text));
    case 'target':
    case 'path':
      return texts.some((text) => /^(?:\/|[a-z]+:\/\/|\*$)/i.test(text));
    case 'status':
      return values.some((value) => /^[1-5]\d\d(?:\.0)?$/.test(String(value))) || values.length === 0;
    case 'token':
      return texts.some((text) => /^(?:Bearer )?[\w-]+\.[\w-]+\.[\w-]*$/.test(text));
    case 'client':
    case 'clientId':
      return values.length === 0 || values.some((value) => !CODE_PLACE.test(String(value)));
    case 'cache':
      return texts.some((text) => /^(?:hit|miss|expired|stale|updating|revalidated|bypass|none|-|)\b/i.test(text));
    case 'time':
      return values.some((value) => typeof value === 'number' || /^\d/.test(String(value)) || /^\[\d/.test(String(value)));
    default:
      return true;
  }
}

/** `request_time` holds nginx's decimal seconds; whole numbers only, as other writers have it, have no knowable unit. */
const whole = (field: Field, name: string, values: readonly unknown[]): Field =>
  name === 'request_time' && values.every((value) => /^\d+$/.test(String(value)) && String(value) !== '0')
    ? { ...field, as: 'duration-unit' }
    : field;

/** Numbers without a unit that are milliseconds where the other names say who wrote them: pino, Serilog, lograge. */
const MILLISECONDS: readonly (readonly [name: string, beside: readonly string[]])[] = [
  ['responsetime', ['res.statuscode']],
  ['elapsed', ['requestmethod', 'requestpath']],
  ['properties.elapsed', ['properties.requestmethod', 'properties.requestpath']],
  ['duration', ['controller', 'action', 'format']],
];

const ofWriter = (field: Field, name: string, beside: ReadonlyMap<string, string>): Field =>
  field.as === 'duration-unit' &&
  MILLISECONDS.some(([own, others]) => own === normalName(name) && others.every((other) => beside.has(other)))
    ? { ...field, as: 'milliseconds' }
    : field;

const START_NAMES = new Set(['starttime', 'startedat', 'requeststart', 'start']);

/** The map from the keys of a log to fields, best first. `stamped` follows the name of the time. */
export function jsonFields(
  records: readonly Record<string, unknown>[],
  rules: readonly MapRule[],
): { fields: Record<string, Field>; stamped: Format['stamped'] } {
  const present = [...recordKeys(records).keys()];
  const fields: Record<string, Field> = {};
  const mapped = new Set<Slot>();
  for (const { field, names, unit } of rules) {
    const slot = slotOf(field)!;
    for (const name of names) {
      const base: Field = usualNames.find(([usual]) => usual.slot === slot)?.[0] ?? { slot, as: 'text' };
      const wanted: Field = unit === undefined ? mappedReading(base, name) : { ...base, as: unit };
      const seen = field.toLowerCase() === 'client' ? asSeen(wanted, valuesOf(records, name)) : wanted;
      fields[name] ??= seen;
      mapped.add(seen.slot);
    }
  }
  const byName = new Map<string, string>();
  for (const key of present) {
    const normal = normalName(key);
    if (!byName.has(normal)) byName.set(normal, key);
  }
  for (const [field, names] of usualNames) {
    for (const name of names) {
      const key = byName.get(normalName(name));
      if (key === undefined || key in fields) continue;
      const values = valuesOf(records, key);
      const seen = asSeen(ofWriter(whole(field, name, values), name, byName), values);
      if (!mapped.has(seen.slot) && fitsValues(seen, values)) fields[key] = seen;
    }
  }
  const time = Object.entries(fields).find(([, { slot }]) => slot === 'time')?.[0];
  return { fields, stamped: time !== undefined && START_NAMES.has(normalName(time)) ? 'start' : 'unknown' };
}

/** A mapped duration without a unit takes the one that its name ends in. */
function mappedReading(base: Field, name: string): Field {
  if (base.slot !== 'duration' && base.slot !== 'upstream') return base;
  const suffix = /(?:[_.-](s|ms|us|ns|seconds|millis|micros|nanos)|(Ms|Us|Ns|Seconds|Millis))$/.exec(name);
  const unit = (suffix?.[1] ?? suffix?.[2] ?? '').toLowerCase();
  const as: Reading =
    unit === 's' || unit === 'seconds'
      ? 'seconds'
      : unit === 'ms' || unit === 'millis'
        ? 'milliseconds'
        : unit === 'us' || unit === 'micros'
          ? 'microseconds'
          : unit === 'ns' || unit === 'nanos'
            ? 'nanoseconds'
            : 'duration-unit';
  return { slot: base.slot, as };
}
