/** What can be asked of the generator, and what it takes if nothing is said. Times in ms. */
export const arrivals = ['poisson', 'steady', 'bursty', 'diurnal', 'sparse'] as const;
export type Arrivals = (typeof arrivals)[number];

export const sides = ['gateway', 'issuer', 'loopback'] as const;
export type Side = (typeof sides)[number];
/** One number for all logs, or one for each kind; a kind that is not named keeps its lines. */
export type PerSide = number | Readonly<Partial<Record<Side, number>>>;

/** What can be left out of the lines. */
export const hideable = [
  ...(['clientId', 'scope', 'audience', 'grantType', 'expiresIn', 'requestId', 'traceId', 'userAgent', 'node', 'cache'] as const),
] as const;
export type Hideable = (typeof hideable)[number];

export interface GenerateOptions {
  /** Ids of causes and healthy patterns; one client each, and again from the first where `clients` is more. */
  readonly behaviours: readonly string[];
  readonly clients?: number;
  readonly seed?: number;
  readonly startMs?: number;
  readonly durationMs?: number;
  /** Traffic before the logs begin. */
  readonly warmUpMs?: number;
  /** Requests a second, of all clients together. */
  readonly rate?: number;
  readonly arrivals?: Arrivals;
  readonly lifetimeMs?: number;
  readonly nodes?: number;
  readonly workers?: number;
  readonly users?: number;
  /** Ids of formats. */
  readonly gatewayFormat?: string;
  readonly issuerFormat?: string;
  readonly wrapper?: string;
  /** How far the issuer's clock is ahead. */
  readonly skewMs?: number;
  /** Share of lines that got lost, from 0 to 1; of all logs, or of each kind. */
  readonly lose?: PerSide;
  /** One line in so many is logged. */
  readonly sample?: PerSide;
  /** Stamps are rounded down to this. */
  readonly resolutionMs?: number;
  /** Files per log. */
  readonly rotate?: number;
  readonly gzip?: boolean;
  /** All callers of the issuer have one address. */
  readonly nat?: boolean;
  readonly clientField?: boolean;
  /** Fields that the lines of both sides do not have. */
  readonly hide?: readonly Hideable[];
  /** The issuer's lines have the id of the request that waited. */
  readonly sharedIds?: boolean;
  /** Each client has numbers of its own (times to live, tries, margins, time of a fetch), drawn from the seed. */
  readonly vary?: boolean;
  /** The truth lists single fetches up to so many. */
  readonly maxRows?: number;
}

export const ofSide = (value: PerSide, side: Side, otherwise: number): number =>
  typeof value === 'number' ? value : (value[side] ?? otherwise);

export type Settings = Required<GenerateOptions>;

export const settingsOf = (options: GenerateOptions): Settings => ({
  clients: options.behaviours.length,
  seed: 1,
  startMs: Date.UTC(2026, 2, 2, 10),
  durationMs: 15 * 60_000,
  warmUpMs: 0,
  rate: 10,
  arrivals: 'poisson',
  lifetimeMs: 300_000,
  nodes: 3,
  workers: 2,
  users: 40,
  gatewayFormat: 'nginx-timing',
  issuerFormat: 'nginx-timing',
  wrapper: 'none',
  skewMs: 0,
  lose: 0,
  sample: 1,
  resolutionMs: 1,
  rotate: 1,
  gzip: false,
  nat: false,
  clientField: true,
  hide: [],
  sharedIds: false,
  vary: false,
  maxRows: 50_000,
  ...options,
});
