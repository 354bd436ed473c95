/** The logs of a run: which lines are in them, how they are printed, and what was left out. */
import { TokenTaxError } from '../errors.js';
import type { Format, Slot } from '../formats/define.js';
import { formatById, formats } from '../formats/index.js';
import { ofSide, type Settings, type Side, sides } from './options.js';
import { type Printer, printerOf } from './print.js';
import { Random } from './random.js';
import type { LineRecord } from './values.js';
import { wraps } from './wrap.js';
import { type Chunk, type Frame, LINES, LogWriter } from './writer.js';

export interface LineTally {
  made: number;
  sampledOut: number;
  lost: number;
  written: number;
  /** Nothing of the kind is in a log of this format. */
  notLogged: number;
}

/** Formats that lines can be printed in: those of both sides, and for the issuer also those of events. */
export const printableFormats = (side: 'gateway' | 'issuer' = 'gateway'): readonly Format[] =>
  formats.filter((format) => {
    const printer = printerOf(format);
    return printer !== undefined && (side === 'issuer' || printer.isOfIssuer !== true);
  });

function printerFor(flag: string, id: string, side: Side, wrapper: string): Printer {
  const refuse = (why: string, help: string, isUnknown = false): TokenTaxError =>
    new TokenTaxError(isUnknown ? 'UNKNOWN_FORMAT' : 'BAD_OPTION', `${flag} ${id} cannot be printed`, { why, help });
  const format = formatById(id);
  const list = 'Run `token-tax generate --list` to see the formats.';
  if (format === undefined) throw refuse('there is no such format', list, true);
  const printer = printerOf(format);
  if (printer === undefined) throw refuse('none of its samples can be written with other values', list);
  if (side === 'gateway' && printer.isOfIssuer)
    throw refuse('it is a log of events of an issuer, and a gateway has none', `Use it for the issuer: --issuer-format ${id}.`);
  if (printer.document !== undefined && wrapper !== 'none')
    throw refuse('it is a document, and collectors wrap lines', 'Leave --wrapper out, or name another format.');
  return printer;
}

/** Slots of which a record says nothing where this is empty. */
const SAID: readonly (readonly [slots: readonly Slot[], of: (record: LineRecord) => string | number | undefined])[] = [
  [['clientId', 'identity'], ({ clientId }) => clientId],
  [['scope'], ({ scope }) => scope],
  [['audience'], ({ audience }) => audience],
  [['grantType'], ({ grantType }) => grantType],
  [['expiresIn'], ({ expiresInS }) => expiresInS],
  [['requestId'], ({ requestId, spanId }) => requestId || spanId],
  [['traceId'], ({ traceId }) => traceId],
  [['node'], ({ node }) => node],
  [['cache'], ({ cache }) => cache],
  [['query'], ({ query }) => query],
  [['userAgent'], ({ userAgent }) => userAgent],
];
const NEVER: readonly Slot[] = [
  'forwardedFor',
  'mtlsSubject',
  'token',
  'tokenType',
  'durationMore',
  'durationLast',
  'upstreamMore',
];

interface Log {
  readonly printer: Printer;
  readonly tally: LineTally;
  readonly stampsEnd: boolean;
  readonly frame: Frame;
  readonly lose: number;
  readonly sample: number;
  readonly skewMs: number;
  /** By name of the file. */
  readonly writers: Map<string, LogWriter>;
  /** Groups of `SAID` that no record said anything of so far. */
  unsaid: (typeof SAID)[number][];
}

export class Logs {
  private readonly logs: Readonly<Record<Side, Log>>;
  private readonly writers: LogWriter[] = [];
  private readonly random: Random;
  private readonly hidden: ReadonlySet<string>;

  constructor(
    private readonly settings: Settings,
    private readonly out: (chunk: Chunk) => void,
  ) {
    const { gatewayFormat, issuerFormat, wrapper, hide, seed } = settings;
    if (wraps[wrapper] === undefined)
      throw new TokenTaxError('BAD_OPTION', `there is no wrapper "${wrapper}"`, {
        help: `Wrappers: ${Object.keys(wraps).join(', ')}.`,
      });
    this.hidden = new Set(hide);
    this.random = new Random(seed, 'lines');
    this.logs = {
      gateway: this.logOf('gateway', printerFor('--format', gatewayFormat, 'gateway', wrapper)),
      issuer: this.logOf('issuer', printerFor('--issuer-format', issuerFormat, 'issuer', wrapper)),
      loopback: this.logOf('loopback', printerFor('--format', 'nginx-timing', 'loopback', wrapper)),
    };
  }

  private logOf(side: Side, printer: Printer): Log {
    const { lose, sample, skewMs } = this.settings;
    const { document, head } = printer;
    const wrap = wraps[this.settings.wrapper]!;
    const writer = side === 'issuer' ? 'issuer-1' : `${side}-1`;
    const frame: Frame =
      document !== undefined
        ? { ...document, open: () => document.open }
        : head === undefined
          ? LINES
          : {
              ...LINES,
              open: (ms) =>
                head(ms)
                  .map((line) => `${wrap(line, ms, writer)}\n`)
                  .join(''),
            };
    return {
      printer,
      frame,
      tally: { made: 0, sampledOut: 0, lost: 0, written: 0, notLogged: 0 },
      stampsEnd: formatById(printer.format)?.stamped !== 'start',
      lose: ofSide(lose, side, 0),
      sample: ofSide(sample, side, 1),
      skewMs: side === 'issuer' ? skewMs : 0,
      writers: new Map(),
      unsaid: [...SAID],
    };
  }

  /** What a gateway writes holds the fetches that it makes. */
  get gatewaySeesFetches(): boolean {
    return this.logs.gateway.printer.seesFetches === true;
  }

  /** Both sides are spans of the same traces. */
  get hasTraces(): boolean {
    return this.logs.gateway.printer.format === 'otlp' && this.logs.issuer.printer.format === 'otlp';
  }

  /** Prints a line, unless it is lost, sampled out or of no kind that the log has; returns whether it is there. */
  add(side: Side, file: string, said: LineRecord): boolean {
    const { settings, random } = this;
    const log = this.logs[side];
    const { tally, printer, stampsEnd } = log;
    tally.made += 1;
    // Both are drawn for each line, so that one does not move the other.
    const isSampledOut = random.below(log.sample) !== 0;
    const isLost = random.unit() < log.lose;
    if (isSampledOut || isLost) {
      tally[isSampledOut ? 'sampledOut' : 'lost'] += 1;
      return false;
    }
    const record = this.hidden.size === 0 ? said : this.blanked(said);
    const { resolutionMs } = settings;
    const shiftMs = log.skewMs + (stampsEnd ? record.durationMs : 0);
    const stampMs = Math.floor((record.startMs + shiftMs) / resolutionMs) * resolutionMs;
    const startMs = stampsEnd ? stampMs - record.durationMs : stampMs;
    const text = printer.print(startMs === record.startMs ? record : { ...record, startMs });
    if (text === undefined) {
      tally.notLogged += 1;
      return false;
    }
    tally.written += 1;
    for (const [, of] of log.unsaid)
      if ((of(record) ?? '') !== '') {
        log.unsaid = log.unsaid.filter(([, one]) => (one(record) ?? '') === '');
        break;
      }
    const writer = log.writers.get(file) ?? this.writerOf(side, file);
    writer.add(stampMs, settings.wrapper === 'none' ? text : wraps[settings.wrapper]!(text, stampMs, record.writer));
    return true;
  }

  private blanked(record: LineRecord): LineRecord {
    const { hidden } = this;
    const { scope, audience, grantType, expiresInS, cache, ...rest } = record;
    const text = (name: string, value: string): string => (hidden.has(name) ? '' : value);
    return {
      ...rest,
      clientId: text('clientId', record.clientId),
      requestId: text('requestId', record.requestId),
      traceId: text('traceId', record.traceId),
      userAgent: text('userAgent', record.userAgent),
      node: text('node', record.node),
      ...(scope === undefined || hidden.has('scope') ? {} : { scope }),
      ...(audience === undefined || hidden.has('audience') ? {} : { audience }),
      ...(grantType === undefined || hidden.has('grantType') ? {} : { grantType }),
      ...(expiresInS === undefined || hidden.has('expiresIn') ? {} : { expiresInS }),
      ...(cache === undefined || hidden.has('cache') ? {} : { cache }),
    };
  }

  private writerOf(side: Side, file: string): LogWriter {
    const { rotate, gzip, startMs, durationMs } = this.settings;
    const partOf = (ms: number): number => Math.max(0, Math.floor(((ms - startMs) / durationMs) * rotate));
    const log = this.logs[side];
    const made = new LogWriter(`${side}/${file}.log`, rotate, gzip, partOf, this.out, log.frame);
    log.writers.set(file, made);
    this.writers.push(made);
    return made;
  }

  /** Nothing that is added later has a stamp before this. */
  flush(untilMs: number): void {
    for (const writer of this.writers) writer.flush(untilMs);
  }

  end(): void {
    for (const writer of this.writers) writer.end();
  }

  get tallies(): Record<Side, LineTally> {
    return Object.fromEntries(sides.map((side) => [side, this.logs[side].tally])) as Record<Side, LineTally>;
  }

  /** What the lines of a side tell a reader; that all have one address tells nothing. */
  shows(side: 'gateway' | 'issuer'): Slot[] {
    const { printer, unsaid } = this.logs[side];
    const missing = new Set<Slot>([...NEVER, ...unsaid.flatMap(([slots]) => slots)]);
    for (const slot of printer.always ?? []) missing.delete(slot);
    if (side === 'issuer' && this.settings.nat) missing.add('client');
    return [...printer.shows].filter((slot) => !missing.has(slot)).sort();
  }
}
