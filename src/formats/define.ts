/**
 * The vocabulary in which a log format is written down. A format is data: a template or a field map, and samples that prove it.
 * Nothing in here knows how a line is read fast; the scan room compiles these words.
 */

/** The places of a record that the scanner fills. */
export const slots = [
  'time',
  'duration',
  /** Parts that are added to the duration: it is known when all of them are. */
  'durationMore',
  'durationLast',
  'upstream',
  /** As `durationMore`. */
  'upstreamMore',
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
  /** Name that the writer gives to what was asked: for people, no column is made of it. */
  'route',
  /** Host or pod that wrote the log: the gateway instance in the log of a gateway, and never who called. */
  'writer',
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
  /** `2026/03/02 - 10:15:30`, without a zone. */
  'time-slashed',
  /** As `time-iso`; Java leaves out seconds that are zero: `2026-03-02T10:15`. */
  'time-java',
  'seconds',
  'milliseconds',
  'microseconds',
  'nanoseconds',
  /** A number with its unit (`12ms`, `1.5s`, a Go duration); a bare number has no knowable unit and is left unknown. */
  'duration-unit',
  /** Seconds with a decimal point, or as 'duration-unit'; a whole number but 0 may be another unit and is left unknown. */
  'seconds-or-unit',
  /** A bare number of nanoseconds, or as 'duration-unit': a Go duration, as JSON or as text. */
  'nanoseconds-or-unit',
  /** A duration: from the time of the record to this time. Unknown where both are whole seconds. */
  'time-end',
  'number',
  /** A method or a request line of a forward proxy: its CONNECT is a tunnel, not a request. */
  'proxied',
  /** A target whose percent escapes its writer has decoded: it may hold spaces. */
  'decoded',
  /** Cache words that are not told by their first letters: see `cache-words.ts`. */
  'cache-squid',
  'cache-varnish',
  'cache-haproxy',
  'cache-cloudfront',
] as const;
export type Reading = (typeof readings)[number];

/** How a writer gets a text with spaces into a column: a `+` for each, or percent escapes of percent escapes. */
export type Spelling = 'plus' | 'percent-twice';

/** Slot, how it is read, and whether it may be a list (`0.1, 0.2 : 0.3`, one value per attempt). */
export interface Field extends ValueWords {
  readonly slot: Slot;
  readonly as: Reading;
  /** In JSON, also: the strings of a list are one text with spaces between. */
  readonly list?: true;
  /**
   * A missing upstream time says nothing: only a missing address says that no upstream was asked. Of bytes: a dash does not say that
   * none were sent.
   */
  readonly missing?: 'unknown';
  /** In text formats, of the user agent. */
  readonly spelled?: Spelling;
}

/**
 * How a writer escapes in quoted fields: `text` as nginx and Apache (`\x22`, `\"`), `hash` as HAProxy (`#22`), `none` not at all, so
 * that a quote ends a field only where what follows it stands there too.
 */
export type Escapes = 'text' | 'json' | 'hash' | 'none';

/** For a value that is not simply what stands at its key. JSON formats only; applied in this order. */
export interface ValueWords {
  /** Texts by which a log says that there is nothing, such as an upstream that was not asked. */
  readonly none?: readonly string[];
  /** Texts that say nothing, as if the key were not there. */
  readonly absent?: readonly string[];
  /** The value is a query, or pairs with a `;` between, of which only this parameter counts. */
  readonly param?: string;
  readonly part?: 'host' | 'last-segment' | 'first-word' | 'last-word';
  /** Only a short value in which its writer has put asterisks for most of a secret (`****9f2c`); any other may be the secret. */
  readonly masked?: true;
  /**
   * What a value means: looked up whole, then by its first word, without case; `*` is any other. A value that is not listed is as if
   * the key were not there.
   */
  readonly words?: Readonly<Record<string, string>>;
  readonly decode?: 'percent' | 'plus';
  /** Stands before a value that does not start with it. */
  readonly prefix?: string;
  /** The values of all keys with this word and slot are added; where one is missing, so is the sum. */
  readonly adds?: true;
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
  readonly route?: string;
  readonly cache?: string;
  readonly node?: string;
  readonly scope?: string;
  readonly audience?: string;
  readonly grantType?: string;
  readonly expiresIn?: number;
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
      readonly kind: 'patterns';
      /** Words of `pattern.ts`. A line fits the format when it fits one of them; no line may fit two in different ways. */
      readonly patterns: readonly string[];
      /** What the variables mean, besides those of nginx. */
      readonly fields?: Readonly<Record<string, Field>>;
      readonly escapes?: Escapes;
    }
  | {
      readonly kind: 'json';
      /** Dotted path of a key to the field or fields it fills. Where several keys fill one slot, the first that has a value wins. */
      readonly fields: Readonly<Record<string, Field | readonly Field[]>>;
      /**
       * Keys of which every request has at least one from each group: how the format is told from its look-alikes. `key=value`: the
       * key with that value, which may start or end with `*` for any text.
       */
      readonly needs: readonly (readonly string[])[];
      /** What holds for every record without being written in it. */
      readonly always?: Readonly<Partial<Record<Slot, string>>>;
      /** Records that are no requests: those that have all values of one of these. */
      readonly skip?: readonly Readonly<Record<string, string>>[];
      /** Not as JSON but as `key=value key="value"`. */
      readonly written?: 'logfmt';
      /** Keys whose object some writers put into a string. */
      readonly textObjects?: readonly string[];
    };
export type JsonLayout = Extract<Layout, { kind: 'json' }>;

export interface Format {
  readonly id: string;
  readonly title: string;
  readonly docs: string;
  /** Other names that --log-format takes. */
  readonly aliases?: readonly string[];
  /** What the time stamp marks; `unknown` is read as the end where a record has a duration: most writers log when they are done. */
  readonly stamped: 'start' | 'end' | 'unknown';
  /** The unit of its duration is taken on trust, unless the values speak against it. */
  readonly guessesUnit?: true;
  /** Its durations stand bare, told by nothing but their order: values may speak against it. */
  readonly bareTimes?: true;
  /** Reads what others read better: only asked where none of them fits. */
  readonly lastResort?: true;
  readonly layout: Layout;
  readonly samples: readonly Sample[];
}

export const defineFormat = (format: Format): Format => format;

type Fields = Readonly<Record<string, Field | readonly Field[]>>;

/** The same fields, where a writer puts them into an object of this name. */
export const within = (name: string, fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).map(([key, field]) => [`${name}.${key}`, field]));
