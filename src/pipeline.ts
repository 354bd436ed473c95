/** Joins the rooms on the main thread: inputs to formats to columns to parts to the one result. */
import type { KeyVisitor } from './analysis/assess-key.js';
import { finish } from './analysis/finish.js';
import { JoinLog } from './analysis/join-log.js';
import { type AnalysisOptions, parseLifetime, parseMargin, parseSampled, parseSiblingTtls } from './analysis/options.js';
import { AnalysisPart } from './analysis/part.js';
import type { PriceTable } from './analysis/price-model.js';
import { type Pricing, parsePricing } from './analysis/pricing.js';
import type { Analysis, Assumption, LineCounts, Role, Warning } from './analysis/result.js';
import type { FileFacts } from './analysis/run-facts.js';
import { moneySaved } from './analysis/savings.js';
import { withShowback } from './analysis/showback.js';
import { Diagnoser } from './diagnosis/diagnose.js';
import { type Owner, parseOwner } from './diagnosis/owners.js';
import { TokenTaxError } from './errors.js';
import { type EndpointPattern, parseEndpointPattern } from './events/pattern.js';
import type { RequestBatch, RequestSink } from './events/request-batch.js';
import { RowFilter } from './events/row-filter.js';
import { parseTimeBound, type TimeBound } from './events/time-bound.js';
import { parseWhere, type RowTest } from './events/where.js';
import { type MapRule, parseMapRule } from './formats/json-fields.js';
import { findInputs, type InputSource, openInput } from './input/index.js';
import { nearest } from './input/near.js';
import { redactText } from './redact/index.js';
import { CredentialSearch } from './scan/credentials.js';
import { type Detected, type DetectOptions, detect, looksLikeAccessLog } from './scan/detect.js';
import { Dictionary } from './scan/dictionary.js';
import { FileScanner, type ScanCounts } from './scan/file-scanner.js';
import { UnwrappedInput } from './scan/framing/unwrap.js';
import type { Kernel } from './scan/kernel/kernel.js';
import { loadKernel } from './scan/kernel/load.js';
import { newestStartUs } from './scan/newest.js';
import type { OwnFormat } from './scan/own-formats.js';
import { settleRoutes } from './scan/paths.js';
import { type Reject, type RejectedLine, rejectedText } from './scan/rejected.js';
import type { Sampling } from './scan/sampling.js';
import { survey, surveyHead } from './scan/survey.js';
import { zoneShift } from './scan/zones.js';
import { planSimulation, type SimulateOptions } from './simulation/plan.js';
import type { Simulator } from './simulation/simulator.js';
import { version } from './version.js';

/** What the library takes; the command line fills the same object. Durations and sizes are text with a unit, as on the command line. */
export interface AnalyzeOptions {
  /** Files, folders, globs, `-`. */
  readonly inputs: readonly string[];
  /** Inputs whose role is forced. */
  readonly gateway?: readonly string[];
  readonly idp?: readonly string[];
  readonly loopback?: readonly string[];
  /** Inputs that are found and opened elsewhere (a log that is followed), each with the role it is forced to, if any. */
  readonly sources?: readonly { readonly source: InputSource; readonly role: Role | undefined }[];
  /** Folder that relative names start from; default: the current one. */
  readonly cwd?: string;
  /** Id of a format, or a pasted `log_format` string. */
  readonly logFormat?: string;
  /** `field=name[,name]`, several allowed. */
  readonly map?: readonly string[];
  readonly tokenEndpoint?: readonly string[];
  readonly tokenRoutes?: readonly string[];
  /** `3600s`, `ENDPOINT=300s`, `CLIENT=1h`. */
  readonly lifetime?: readonly string[];
  /** `60s` or `10%`; default min(60 s, 10 % of the lifetime). */
  readonly margin?: string;
  /** The share of the requests that the logs hold: `1/10`, `10%`. Then nothing can be decided, and it is said why. */
  readonly sampled?: string;
  /** `jwks=10m`, `introspection=30s`: how long answers beside tokens may be kept. */
  readonly siblingTtl?: readonly string[];
  readonly holder?: 'node' | 'shared';
  readonly grant?: 'service' | 'user';
  readonly maxHidden?: number;
  readonly timeStamps?: 'start' | 'end';
  /** Zone of stamps without one: `UTC`, `+02:00`, or an IANA name. */
  readonly tz?: string;
  /** Only requests that start at this time or later: RFC 3339, a date, or `-24h` from the newest request of the inputs. */
  readonly since?: string;
  /** Only requests that start before this time. */
  readonly until?: string;
  /** Only requests like this: `client == "orders-api" and status < 500`. */
  readonly where?: string;
  /** `AMOUNT/COUNT`, such as `2.25/1000`, with an optional currency in front: `USD 2.25/1000`. */
  readonly price?: string;
  /** Ids of price lists: `cognito-m2m`. Without one and without `price`, a provider that is certain and metered has the list of the package. */
  readonly priceModel?: readonly string[];
  /** Price lists of the user besides those of the package, or what reads them when the run starts. */
  readonly prices?: PriceTable | (() => Promise<PriceTable | undefined>);
  /** The cost of a month also from less than an hour of log. */
  readonly forceMonth?: boolean;
  /** `10/s`, `600/m`: what the issuer allows, for the headroom. */
  readonly rateLimit?: string;
  /** The same traffic under these caching policies; without it under a set of common ones, if the log is not too long for that. */
  readonly simulate?: SimulateOptions;
  /** `PATTERN=NAME`: whose the findings of these clients or endpoints are. */
  readonly owner?: readonly string[];
  /** Formats of the user, besides ours: compiled by `ownFormats`, or read when the run starts. */
  readonly own?: readonly OwnFormat[] | (() => Promise<readonly OwnFormat[]>);
  readonly stdin?: NodeJS.ReadableStream;
  /** Is told of lines that could not be read, in the order of files and lines. */
  readonly onRejected?: (line: RejectedLine) => void;
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

export interface Progress {
  readonly file: string;
  readonly bytesRead: number;
  /** undefined while a stream of unknown length is read. */
  readonly bytesTotal: number | undefined;
  readonly lines: number;
  readonly fetches: number;
}

const HEAD_BYTES = 256 * 1024;
/** Requests of each log whose users are read where it can be joined: enough to see whether fetches follow them, too few to cost time. */
const USER_ROWS = 30_000;

/** One input on its way through the run. */
interface Work {
  readonly source: InputSource;
  readonly role: Role | undefined;
  readonly detected: Detected | undefined;
}

/**
 * Reads the inputs and returns the result. Throws a TokenTaxError where nothing could be read or an option is wrong; a file that
 * fails among good ones makes the result incomplete instead (`complete: false`, the reason in `input.files[].error`).
 */
export async function analyze(options: AnalyzeOptions): Promise<Analysis> {
  return await analyzeSeen(options, []);
}

/** The same, and others look at the fetches of each key meanwhile: what measures the analysis itself. */
export async function analyzeSeen(options: AnalyzeOptions, watchers: readonly KeyVisitor[]): Promise<Analysis> {
  const table = typeof options.prices === 'function' ? await options.prices() : options.prices;
  const analysisOptions = parseAnalysisOptions(options, table);
  const patterns = (list: readonly string[] = []): EndpointPattern[] => list.map(parseEndpointPattern);
  const tokenEndpoints = patterns(options.tokenEndpoint);
  const selection = parseSelection(options);
  const simulator = planSimulation(options.simulate, analysisOptions, nearest);
  const owners: readonly Owner[] = (options.owner ?? []).map(parseOwner);
  const own = typeof options.own === 'function' ? await options.own() : (options.own ?? []);
  const run = new Run(options, own, new Dictionary(tokenEndpoints, patterns(options.tokenRoutes)));
  await run.find();
  await run.select(selection);
  await run.read();
  const settled = run.settled(analysisOptions);
  return run.result(settled, simulator, new Diagnoser(settled, owners), watchers);
}

/** Reads the options of all rooms before anything else, so that a mistake costs no reading. */
function parseAnalysisOptions(options: AnalyzeOptions, table: PriceTable | undefined): AnalysisOptions {
  if (options.tz !== undefined) zoneShift(options.tz);
  const maxHidden = options.maxHidden ?? 32;
  if (!Number.isInteger(maxHidden) || maxHidden < 1) {
    throw new TokenTaxError('BAD_OPTION', `--max-hidden cannot be ${maxHidden}`, {
      help: 'Write a whole number from 1; the default is 32.',
    });
  }
  return {
    lifetimes: (options.lifetime ?? []).map(parseLifetime),
    margin: parseMargin(options.margin),
    holder: options.holder ?? 'node',
    grant: options.grant,
    maxHidden,
    pricing: parsePricing({ ...options, table }, nearest),
    siblingTtls: parseSiblingTtls(options.siblingTtl ?? []),
    sampled: parseSampled(options.sampled),
  };
}

interface Selection {
  readonly since: TimeBound | undefined;
  readonly until: TimeBound | undefined;
  readonly where: RowTest | undefined;
}

function parseSelection({ since, until, where, tz }: AnalyzeOptions): Selection {
  const shift = zoneShift(tz ?? 'UTC');
  const bound = (flag: string, text: string | undefined): TimeBound | undefined =>
    text === undefined ? undefined : parseTimeBound(flag, text, shift);
  return {
    since: bound('--since', since),
    until: bound('--until', until),
    where: where === undefined ? undefined : parseWhere(where),
  };
}

class Run {
  private readonly part: AnalysisPart;
  private readonly files: FileFacts[] = [];
  private readonly warnings: Warning[] = [];
  private readonly assumptions: Assumption[] = [];
  private readonly skipped: string[] = [];
  private sources: { source: InputSource; role: Role | undefined }[] = [];
  private readonly detectOptions: DetectOptions;
  private readonly errors: TokenTaxError[] = [];
  private readonly map: readonly MapRule[];
  /** Names of `--map` that were found; undefined while no log took any. */
  private mapped: Set<string> | undefined;
  private complete = true;
  private bytesDone = 0;
  private zoneless = false;
  private readIds = false;
  /** Of the first log that says so. */
  private sampling: Sampling | undefined;
  private readUsers = false;
  /** By index of the file. */
  private readonly credentials = new Map<number, CredentialSearch>();
  private unitless = false;
  private guessedStamps = false;
  private guessedUnit = false;
  private filter: RowFilter | undefined;
  private sinceMs = -Infinity;
  /** Requests of the file at hand that do not count. */
  private filtered = 0;

  constructor(
    private readonly options: AnalyzeOptions,
    own: readonly OwnFormat[],
    private readonly dictionary: Dictionary,
  ) {
    this.part = new AnalysisPart(dictionary);
    this.map = (options.map ?? []).map(parseMapRule);
    this.detectOptions = { logFormat: options.logFormat, map: this.map, timeStamps: options.timeStamps, own };
  }

  /** Finds the inputs of every role, in an order that does not depend on how they were named. */
  async find(): Promise<void> {
    const { options } = this;
    const cwd = options.cwd ?? '.';
    const lists: [Role | undefined, readonly string[]][] = [
      ['gateway', options.gateway ?? []],
      ['issuer', options.idp ?? []],
      ['loopback', options.loopback ?? []],
      [undefined, options.inputs],
    ];
    this.sources = (options.sources ?? []).map(({ source, role }) => ({
      source: { ...source, name: redactText(source.name) },
      role,
    }));
    if (lists.every(([, names]) => names.length === 0) && this.sources.length === 0)
      throw new TokenTaxError('NO_INPUT', 'no input was named');
    const seen = new Set<string>();
    for (const [role, names] of lists) {
      if (names.length === 0) continue;
      const found = await findInputs(names, cwd);
      for (const { name, error } of found.problems) this.fail(redactText(name), role, redacted(error));
      for (const source of found.sources) {
        const id = source.path ?? source.name;
        if (seen.has(id)) continue;
        seen.add(id);
        // A name is only printed from here on; what is opened is the path.
        this.sources.push({ source: { ...source, name: redactText(source.name) }, role });
      }
    }
    this.sources.sort((a, b) => (a.source.group < b.source.group ? -1 : a.source.group > b.source.group ? 1 : 0));
    // Nothing at all can be read: the names are wrong, or the files are.
    if (this.sources.length === 0 && this.errors.length > 0) throw nothingReadable(this.errors);
  }

  /** Settles which requests count. What is said from the end of the log takes a first reading to find it. */
  async select({ since, until, where }: Selection): Promise<void> {
    if (since === undefined && until === undefined && where === undefined) return;
    const endUs = since?.kind === 'before-end' || until?.kind === 'before-end' ? await this.newestStartUs() : 0;
    const momentOf = (bound: TimeBound | undefined, none: number): number =>
      bound === undefined ? none : bound.kind === 'at' ? bound.us : endUs - bound.us;
    const sinceUs = momentOf(since, -Infinity);
    const untilUs = momentOf(until, Infinity);
    if (sinceUs >= untilUs && Number.isFinite(sinceUs)) {
      throw new TokenTaxError('BAD_OPTION', '--since is not before --until, so nothing lies between them', {
        why: `from ${iso(sinceUs)} up to ${iso(untilUs)}`,
      });
    }
    this.filter = new RowFilter({ sinceUs, untilUs, where });
    this.sinceMs = Math.ceil(sinceUs / 1000);
    this.noteSelection(sinceUs, untilUs);
  }

  private async newestStartUs(): Promise<number> {
    const { signal, tz } = this.options;
    let newest = -Infinity;
    for (const { source } of this.sources) {
      if (source.sizeBytes === undefined) {
        throw new TokenTaxError('BAD_OPTION', `--since and --until from the end of the log need to read ${source.name} twice`, {
          why: 'it is standard input or a pipe, which can be read once',
          help: 'Write a time, such as --since 2026-03-02T10:00:00Z, or name a file.',
        });
      }
      newest = Math.max(newest, await newestStartUs(source, this.detectOptions, zoneShift(tz ?? 'UTC'), signal));
    }
    return newest;
  }

  /** The result says itself which part of the logs it is about. */
  private noteSelection(sinceUs: number, untilUs: number): void {
    const { since, until, where } = this.options;
    const affects = ['totals', 'keys', 'routes'];
    if (since !== undefined)
      this.assumptions.push({ id: 'filter.since', value: iso(sinceUs), from: `--since ${since}`, affects });
    if (until !== undefined)
      this.assumptions.push({ id: 'filter.until', value: iso(untilUs), from: `--until ${until}`, affects });
    if (where !== undefined) this.assumptions.push({ id: 'filter.where', value: where, from: '--where', affects });
  }

  async read(): Promise<void> {
    await this.planJoin();
    for (const { source, role } of this.sources) {
      if (this.options.signal?.aborted) this.addFile({ source, role, detected: undefined }, undefined, INTERRUPTED, undefined);
      else await this.readOne(source, role);
    }
    const nothingRead = this.part.files.size === 0 && this.files.every(({ error }) => error !== null);
    if (nothingRead && this.errors.length > 0 && !this.options.signal?.aborted) throw nothingReadable(this.errors);
  }

  /** What a join needs of single records is kept only where two sides can be; ids are read where two sides show. */
  private async planJoin(): Promise<void> {
    const sources = this.sources.map(({ source }) => source);
    if (sources.length < 2) return;
    this.part.joinLog = new JoinLog();
    const { idp = [], tokenEndpoint = [], signal } = this.options;
    const { tokens, others } = await survey(sources, signal);
    this.readIds = others && (tokens || idp.length > 0 || tokenEndpoint.length > 0);
    this.readUsers = this.readIds;
  }

  /** One input that holds both sides: its requests are joined by time, and spans by their ids, which cost nothing more to read. */
  private planJoinOfOne(head: Buffer, detected: Detected): void {
    const { format, program, stamped } = detected;
    const { tokens, others } = surveyHead(head);
    if (!(format === 'otlp' || (tokens && others) || (this.options.tokenEndpoint ?? []).length > 0)) return;
    if (format !== 'otlp') {
      // With stamps of whole seconds nothing within one log can be told apart by time: its requests need not be kept.
      const probe = new FileScanner({ program, stamped }, new Dictionary([], []), () => undefined);
      probe.scan(head, 0, head.lastIndexOf(10) + 1, 0);
      if (probe.resolutionMs >= 1000) return;
    }
    this.part.joinLog = new JoinLog();
    this.readIds = format === 'otlp';
    this.readUsers = true;
  }

  private async readOne(source: InputSource, role: Role | undefined): Promise<void> {
    const { signal, stdin } = this.options;
    const file = this.files.length;
    let bytesRead = 0;
    let scanner: FileScanner | undefined;
    let detected: Detected | undefined;
    const opened = openInput(source, {
      ...(signal === undefined ? {} : { signal }),
      ...(stdin === undefined ? {} : { stdin: stdin as never }),
      onProgress: (bytes) => {
        bytesRead = bytes;
      },
    });
    const input = new UnwrappedInput(opened, this.detectOptions);
    const credentials = new CredentialSearch((line, offset) => input.placeOf(line, offset));
    this.credentials.set(file, credentials);
    try {
      const head = await input.head(HEAD_BYTES);
      const lines = head.bytes;
      try {
        detected = detect(source.name, lines, this.detectOptions);
      } catch (error) {
        // A folder holds other things than logs: what is none, and was not asked for by name, is passed over and said.
        if (!source.named && isMisfit(error) && !looksLikeAccessLog(lines)) {
          this.skipped.push(source.name);
          return;
        }
        throw error;
      }
      if (detected === undefined && head.complete) {
        this.addFile({ source, role, detected }, undefined, null, undefined);
        return;
      }
      if (detected === undefined)
        throw new TokenTaxError('NO_FORMAT_FITS', `no line of ${source.name} could be judged`, { place: { file: source.name } });
      this.sampling ??= detected.sampling;
      if (detected.mapped !== undefined) this.mapped = new Set([...(this.mapped ?? []), ...detected.mapped]);
      if (this.sources.length === 1) this.planJoinOfOne(lines, detected);
      this.part.begin(file);
      this.filtered = 0;
      scanner = this.scannerOf(
        detected,
        await loadKernel(head.complete),
        input.sink((batch) => this.add(batch), this.dictionary),
        this.rejects(source.name, input),
        credentials,
      );
      for await (const block of input.blocks()) {
        input.scan(scanner, block);
        this.progress(source, bytesRead, scanner);
      }
      this.addFile({ source, role, detected }, scanner, null, undefined);
    } catch (error) {
      if (signal?.aborted) {
        this.addFile({ source, role, detected }, scanner, INTERRUPTED, undefined);
        return;
      }
      if (!(error instanceof TokenTaxError)) throw error;
      // A forced format that does not fit is a wrong request, not a bad file.
      if (error.code === 'FORMAT_MISMATCH' || error.code === 'UNKNOWN_FORMAT' || error.code === 'BAD_TEMPLATE') throw error;
      this.addFile({ source, role, detected }, scanner, redactText(error.message), error);
    } finally {
      input.close();
      this.bytesDone += source.sizeBytes ?? bytesRead;
    }
  }

  private scannerOf(
    { program, stamped }: Detected,
    kernel: Kernel | undefined,
    sink: RequestSink,
    onReject: ((reject: Reject) => void) | undefined,
    credentials: CredentialSearch,
  ): FileScanner {
    const { tz } = this.options;
    // With --token-routes each row is asked for its raw path, which only the TypeScript scanner hands out.
    if (this.dictionary.hasTokenRoutes) kernel = undefined;
    return new FileScanner(
      {
        program,
        stamped,
        kernel,
        ids: this.readIds,
        userRows: this.readUsers ? USER_ROWS : 0,
        onReject,
        credentials,
        ...(tz === undefined ? {} : { zoneShift: zoneShift(tz) }),
      },
      this.dictionary,
      sink,
    );
  }

  private rejects(file: string, input: UnwrappedInput): ((reject: Reject) => void) | undefined {
    const { onRejected } = this.options;
    if (onRejected === undefined) return undefined;
    return input.rejects((reject) => {
      const { reason, line, offset } = reject;
      onRejected({ file, line: line + 1, byte: offset, reason, text: rejectedText(reject) });
    });
  }

  private add(batch: RequestBatch): void {
    if (this.filter !== undefined)
      this.filtered += this.filter.apply(batch, (row) => this.part.addBefore(batch, row, this.sinceMs));
    this.part.add(batch);
  }

  private progress(source: InputSource, bytesRead: number, scanner: FileScanner): void {
    const { onProgress } = this.options;
    if (onProgress === undefined) return;
    const sizes = this.sources.map(({ source: { sizeBytes } }) => sizeBytes);
    const bytesTotal = sizes.every((size) => size !== undefined)
      ? sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0)
      : undefined;
    let tokenRequests = 0;
    for (const tally of this.part.files.values()) tokenRequests += tally.tokenRequests;
    const lines = this.files.reduce((sum, { lines: { read } }) => sum + read, 0) + scanner.counts.read;
    onProgress({ file: source.name, bytesRead: this.bytesDone + bytesRead, bytesTotal, lines, fetches: tokenRequests });
  }

  private fail(name: string, role: Role | undefined, error: TokenTaxError): void {
    this.complete = false;
    this.errors.push(error);
    this.files.push({ ...emptyFacts(name, role), error: error.message });
  }

  private addFile(
    { source, role, detected }: Work,
    scanner: FileScanner | undefined,
    error: string | null,
    cause: TokenTaxError | undefined,
  ): void {
    if (error !== null) {
      this.complete = false;
      if (cause !== undefined) this.errors.push(cause);
    }
    if (scanner?.sawZoneless === true) this.zoneless = true;
    if (scanner?.sawUnitlessDuration === true) this.unitless = true;
    if (detected?.stamped === 'unknown' && scanner !== undefined) this.guessedStamps = true;
    if (detected?.guessesUnit === true && scanner !== undefined) this.guessedUnit = true;
    this.files.push({
      ...emptyFacts(source.name, role),
      group: source.group,
      format: detected?.format ?? null,
      detected: detected?.detected ?? true,
      runnerUp: detected?.runnerUp ?? null,
      resolutionMs: scanner === undefined || scanner.counts.parsed === 0 ? null : scanner.resolutionMs,
      outOfOrder:
        scanner === undefined
          ? { count: 0, maxMs: 0 }
          : { count: scanner.late.count, maxMs: Math.round(scanner.late.maxUs / 1000) },
      lines: scanner === undefined ? noLines : lineCounts(scanner.counts, this.filtered),
      rejects: scanner === undefined ? [] : rejectCounts(scanner.counts),
      error,
    });
  }

  /** Lines a little late are how a log is written; later ones are worth a word, for the clock may have been set. */
  private warnOfLate(): void {
    const late = this.files.filter(({ outOfOrder }) => outOfOrder.maxMs > LATE_MS);
    const [first] = late;
    if (first === undefined) return;
    const { count, maxMs } = first.outOfOrder;
    this.warnings.push({
      id: 'late-lines',
      message: `${first.name}: ${count} requests stand behind later ones, by up to ${Math.round(maxMs / 1000)} s${late.length > 1 ? `; so it is in ${late.length - 1} more` : ''}. They are put in order; a clock that was set back would look the same`,
    });
  }

  /** What the logs say of themselves holds where the user has said nothing. */
  settled(options: AnalysisOptions): AnalysisOptions {
    const { sampling } = this;
    return this.options.sampled !== undefined || sampling === undefined ? options : { ...options, sampled: sampling.share };
  }

  private warnOfSampling(sampled: string | undefined): void {
    if (sampled === undefined) return;
    const { sampling } = this;
    const from =
      this.options.sampled !== undefined || sampling === undefined ? '--sampled' : `the field ${redactText(sampling.field)}`;
    const help = from === '--sampled' ? '' : '. If they hold all, say so: --sampled 100%';
    this.warnings.push({
      id: 'sampled',
      message: `the logs hold a part of the requests (${sampled} by ${from}), so no fetch gets a verdict: counts are of that part, and gaps between fetches are not those of the cache${help}`,
    });
    this.assumptions.push({ id: 'log.sampled', value: sampled, from, affects: ['totals', 'keys', 'routes'] });
  }

  result(options: AnalysisOptions, simulator: Simulator, diagnoser: Diagnoser, watchers: readonly KeyVisitor[]): Analysis {
    const { dictionary, part, files, skipped } = this;
    if (this.zoneless) {
      const value = this.options.tz ?? 'UTC';
      this.assumptions.push({
        id: 'time.zone',
        value,
        from: this.options.tz === undefined ? 'default: the stamps have no zone' : '--tz',
        affects: ['window', 'timeline'],
      });
    }
    if (this.guessedStamps) {
      this.assumptions.push({
        id: 'time.stamps',
        value: 'end where a duration is logged, else start',
        from: 'the format does not say',
        affects: ['totals.fetches'],
      });
    }
    if (this.guessedUnit) {
      this.assumptions.push({
        id: 'duration.unit',
        value: 'ms',
        from: 'one number behind the common log format is most often the ms of reactor-netty',
        affects: ['keys.fetchMs'],
      });
    }
    if (this.unitless) {
      this.warnings.push({
        id: 'duration-unit',
        message:
          'durations without a unit were left unknown; say it with --map duration=NAME:ms (or s, us, ns), or by the format string of a text log (--log-format)',
      });
    }
    this.warnOfLate();
    this.warnOfSampling(options.sampled);
    if (skipped.length > 0) {
      this.warnings.push({
        id: 'not-a-log',
        message: `passed over, not an access log: ${skipped.slice(0, 5).join(', ')}${skipped.length > 5 ? ` and ${skipped.length - 5} more` : ''}`,
      });
    }
    for (const pattern of dictionary.unmatchedEndpoints()) {
      this.warnings.push({ id: 'pattern-unmatched', message: `--token-endpoint ${pattern} matched no request` });
    }
    for (const pattern of dictionary.unmatchedRoutes()) {
      this.warnings.push({ id: 'pattern-unmatched', message: `--token-routes ${pattern} matched no request` });
    }
    this.warnings.push(...this.unusedMaps());
    const found = finish({
      version,
      files,
      parts: [part],
      options,
      complete: this.complete,
      warnings: this.warnings,
      assumptions: this.assumptions,
      settleRoute: settleRoutes(dictionary.routes.map(({ path }) => path)),
      visitors: [simulator, diagnoser, ...watchers],
    });
    const simulated = withSimulation(found, simulator, options.pricing, this.options.simulate !== undefined);
    const diagnosed = { ...simulated, findings: diagnoser.findings(simulated, this.credentials) };
    const analysis = withShowback(diagnosed, options.pricing);
    const stopped = this.options.signal?.aborted === true && analysis.input.lines.parsed === 0;
    return stopped ? { ...analysis, inconclusive: 'interrupted before a request was read' } : analysis;
  }

  /** An option that changes nothing is a typo more often than not. */
  private unusedMaps(): Warning[] {
    const { map, mapped } = this;
    if (map.length === 0 || this.part.files.size === 0) return [];
    if (mapped === undefined)
      return [{ id: 'map-unused', message: '--map changes nothing here: no log was read with the format "json"' }];
    return map
      .filter(({ names }) => !names.some((name) => mapped.has(name)))
      .map(({ field, names }) => ({
        id: 'map-unused',
        message: `--map ${field}=${names.join(',')}: the first records have no field of that name`,
      }));
  }
}

/** What policies rest on is said where somebody asked for them: in other runs it would only be read for the figures of the log. */
function withSimulation(analysis: Analysis, simulator: Simulator, pricing: Pricing, asked: boolean): Analysis {
  const simulation = simulator.results(analysis, moneySaved(analysis, pricing));
  if (!asked) return { ...analysis, simulation };
  return { ...analysis, simulation, assumptions: [...analysis.assumptions, ...simulator.assumptions()] };
}

/** Buffers of writers hold lines back for seconds. */
const LATE_MS = 60_000;

const INTERRUPTED = 'interrupted';

/** A download of a signed URL carries the signature in its name, and an error names the file. */
function redacted(error: TokenTaxError): TokenTaxError {
  const { code, why, place, help, cause } = error;
  return new TokenTaxError(code, redactText(error.message), {
    help: redactText(help),
    ...(cause === undefined ? {} : { cause }),
    ...(why === undefined ? {} : { why: redactText(why) }),
    ...(place === undefined ? {} : { place: { ...place, file: redactText(place.file) } }),
  });
}

const isMisfit = (error: unknown): boolean =>
  error instanceof TokenTaxError && (error.code === 'NO_FORMAT_FITS' || error.code === 'FORMAT_MISMATCH');

const iso = (us: number): string => (Number.isFinite(us) ? new Date(us / 1000).toISOString() : 'the end');

const noLines: LineCounts = { read: 0, parsed: 0, rejected: 0, filtered: 0, blank: 0, deduplicated: 0, notRequests: 0 };

const emptyFacts = (name: string, forcedRole: Role | undefined): FileFacts => ({
  name,
  group: name,
  forcedRole,
  format: null,
  detected: true,
  runnerUp: null,
  resolutionMs: null,
  outOfOrder: { count: 0, maxMs: 0 },
  lines: noLines,
  rejects: [],
  error: null,
});

/** The sum is checked: a line that is counted nowhere would be a bug, and must not pass as a result. */
function lineCounts({ read, parsed, rejected, blank, notRequests }: ScanCounts, filtered: number): LineCounts {
  if (read !== parsed + rejected + blank) {
    throw new TokenTaxError(
      'INTERNAL',
      `lines do not add up: ${read} read, ${parsed} parsed, ${rejected} rejected, ${blank} blank`,
    );
  }
  return { read, parsed: parsed - filtered, rejected, filtered, blank, deduplicated: 0, notRequests };
}

const rejectCounts = ({ rejects }: ScanCounts): FileFacts['rejects'] =>
  [...rejects.values()]
    .sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1))
    .map(({ reason, count, firstLine, firstByte }) => ({ reason, count, firstLine: firstLine + 1, firstByte }));

/** That there is nothing where a name points is a wrong request; any other failure is one of reading. */
function nothingReadable(errors: readonly TokenTaxError[]): TokenTaxError {
  const failed = errors.find(({ code }) => code !== 'UNREADABLE_INPUT' && code !== 'NO_INPUT');
  if (failed !== undefined) return failed;
  const [cause] = errors;
  const { message, why, help } = cause!;
  if (errors.length > 1) {
    return new TokenTaxError('NO_INPUT', `none of the ${errors.length} inputs can be read; the first: ${message}`, { cause });
  }
  return new TokenTaxError('NO_INPUT', message, { cause, help, ...(why === undefined ? {} : { why }) });
}
