/**
 * The vocabulary in which a log format is written down. A format is data: a template or a field map, and samples that prove it.
 * Nothing in here knows how a line is read fast; the scan room compiles these words.
 */

/** The places of a record that the scanner fills. */
export const slots = [
  'time',
  'duration',
  'upstream',
  'status',
  'bytes',
  'request',
  'method',
  'target',
  'path',
  'query',
  'host',
  'client',
  'identity',
  'clientId',
  'userAgent',
  'requestId',
  'traceId',
  'cache',
  'node',
  'scope',
  'audience',
  'grantType',
  'expiresIn',
  'token',
  'tokenType',
  'upstreamAddr',
  'upstreamStatus',
  'forwardedFor',
  'mtlsSubject',
] as const;
export type Slot = (typeof slots)[number];
export const slotIndex: Readonly<Record<Slot, number>> = Object.fromEntries(slots.map((slot, index) => [slot, index])) as Record<
  Slot,
  number
>;

/** How the text of a slot is read. */
export const readings = [
  'text',
  /** `02/Mar/2026:10:15:30 +0000` */
  'time-clf',
  /** RFC 3339 with 0 to 9 fraction digits; without a zone the run's zone is assumed. */
  'time-iso',
  /** Seconds, ms, us or ns since the epoch, told apart by magnitude. */
  'time-epoch',
  /** Any of the above, from the first byte. */
  'time-any',
  'seconds',
  'milliseconds',
  'microseconds',
  'nanoseconds',
  /** A number with its unit (`12ms`, `1.5s`, a Go duration); a bare number has no knowable unit and is left unknown. */
  'duration-unit',
  'number',
] as const;
export type Reading = (typeof readings)[number];

/** Slot, how it is read, and whether it may be a list (`0.1, 0.2 : 0.3`, one value per attempt). */
export interface Field {
  readonly slot: Slot;
  readonly as: Reading;
  readonly list?: true;
}

/** What a sample line must give. Keys as in the documentation of formats; an absent key is unknown. */
export interface Expected {
  readonly time?: number;
  readonly timeAt?: 'start' | 'end';
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly host?: string;
  readonly status?: number;
  readonly bytes?: number;
  readonly durationMs?: number;
  readonly upstreamMs?: number;
  readonly upstreamAddr?: string;
  readonly client?: string;
  readonly identity?: string;
  readonly userAgent?: string;
  readonly requestId?: string;
  readonly traceId?: string;
  readonly cache?: string;
  readonly node?: string;
  readonly skip?: 'no-request' | 'invalid';
}

export interface Sample {
  readonly line: string;
  readonly gives: Expected;
}

export type Layout =
  | {
      readonly kind: 'template';
      /** nginx `log_format` syntax. `$pairs`: any `key=value` pairs up to the end of the line. */
      readonly template: string;
    }
  | {
      readonly kind: 'json';
      /** Dotted path of a key to the field it fills. Where several keys fill one slot, the first that has a value wins. */
      readonly fields: Readonly<Record<string, Field>>;
      /** Keys of which every record has at least one from each group: how the format is told from its look-alikes. */
      readonly needs: readonly (readonly string[])[];
    };

export interface Format {
  readonly id: string;
  readonly title: string;
  readonly docs: string;
  /** Other names that --log-format takes. */
  readonly aliases?: readonly string[];
  /** What the time stamp marks; `unknown` is read as the end where a record has a duration: most writers log when they are done. */
  readonly stamped: 'start' | 'end' | 'unknown';
  readonly layout: Layout;
  readonly samples: readonly Sample[];
}

export const defineFormat = (format: Format): Format => format;
