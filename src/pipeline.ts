/** Joins the rooms on the main thread: inputs to formats to columns to parts to the one result. */
import { availableParallelism } from 'node:os';
import type { KeyVisitor } from './analysis/assess-key.js';
import { finish } from './analysis/finish.js';
import { type MemoryPlan, parseMaxMemory } from './analysis/memory.js';
import { mergeParts } from './analysis/merge.js';
import { type AnalysisOptions, parseLifetime, parseMargin, parseSampled, parseSiblingTtls } from './analysis/options.js';
import type { RunPart } from './analysis/part.js';
import type { PriceTable } from './analysis/price-model.js';
import { type Pricing, parsePricing } from './analysis/pricing.js';
import type { Analysis, Assumption, LineCounts, Role, Warning } from './analysis/result.js';
import type { FileFacts } from './analysis/run-facts.js';
import { moneySaved } from './analysis/savings.js';
import { withShowback } from './analysis/showback.js';
import { collectGarbage } from './collect.js';
import type { CredentialCount } from './diagnosis/credentials.js';
import { Diagnoser } from './diagnosis/diagnose.js';
import { type Owner, parseOwner } from './diagnosis/owners.js';
import { TokenTaxError } from './errors.js';
import { type EndpointPattern, parseEndpointPattern } from './events/pattern.js';
import { parseTimeBound, type TimeBound } from './events/time-bound.js';
import { parseWhere, type RowTest } from './events/where.js';
import { type MapRule, parseMapRule } from './formats/json-fields.js';
import { findInputs, type InputSource, openInput } from './input/index.js';
import { nearest } from './input/near.js';
import { OverflowFile } from './input/overflow.js';
import { JoinEstimate } from './join-estimate.js';
import {
  type Failure,
  type FileToRead,
  HEAD_BYTES,
  type OpenFile,
  RANGE_BYTES,
  type RangeFacts,
  Reader,
  type ReadSettings,
} from './reading.js';
import { redactText } from './redact/index.js';
import { type CredentialTally, MOST_FIRST } from './scan/credentials.js';
import { type Detected, type DetectOptions, detect, looksLikeAccessLog } from './scan/detect.js';
import { Dictionary } from './scan/dictionary.js';
import { FileScanner, type ScanCounts } from './scan/file-scanner.js';
import { UnwrappedInput } from './scan/framing/unwrap.js';
import type { Kernel } from './scan/kernel/kernel.js';
import { loadKernel, releaseKernel } from './scan/kernel/load.js';
import { lateRows } from './scan/late.js';
import { newestStartUs } from './scan/newest.js';
import type { OwnFormat } from './scan/own-formats.js';
import { settleRoutes } from './scan/paths.js';
import { type RejectedLine, rejectedText } from './scan/rejected.js';
import type { Sampling } from './scan/sampling.js';
import { survey, surveyHead } from './scan/survey.js';
import { zoneShift } from './scan/zones.js';
import { planSimulation, type SimulateOptions } from './simulation/plan.js';
import type { Simulator } from './simulation/simulator.js';
import { Crew, Standby, type Task, type ThreadResult, threading } from './threads.js';
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
  /** `256M`, `1G`: about how much memory to take, at least 96M. Fetches beyond go to a temporary file. */
  readonly maxMemory?: string;
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
  /** Threads that read, this one included; default: as many as there are cores. Small inputs are read by one. */
  readonly workers?: number;
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

/** How often the progress is told while only other threads work, ms. */
const TICK_MS = 100;
/** More than any machine has a use for. */
const MOST_WORKERS = 256;
/** Logs get some five times larger when they are unpacked, and a line in a wrapper costs more. */
const PACKED = 5;

/** One input on its way through the run. */
interface Plan {
  /** Index in the run. */
  readonly file: number;
  readonly source: InputSource;
  readonly role: Role | undefined;
  readonly detected?: Detected;
  /** undefined: there is nothing to read. */
  readonly toRead?: FileToRead;
  readonly open?: OpenFile;
  /** Its head is all there is. */
  readonly isSmall?: boolean;
  /** Not compressed, and no line hangs on another: its bytes can be shared. */
  readonly isCut?: boolean;
  /** Besides, no line is in a wrapper. */
  readonly isPlain?: boolean;
  /** Its first lines are mostly token requests. */
  readonly isOfFetches?: boolean;
  readonly error?: string;
  readonly cause?: TokenTaxError;
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
  const memory = parseMaxMemory(options.maxMemory);
  const overflow =
    memory === undefined ? undefined : new OverflowFile((callers) => memory.isFull(process.memoryUsage.rss(), callers));
  const run = new Run(options, own, new Dictionary(tokenEndpoints, patterns(options.tokenRoutes)), memory, overflow);
  try {
    await run.find();
    await run.select(selection);
    await run.read();
    const settled = run.settled(analysisOptions);
    return run.result(settled, simulator, new Diagnoser(settled, owners), watchers);
  } finally {
    overflow?.close();
  }
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
  const { workers } = options;
  if (workers !== undefined && (!Number.isInteger(workers) || workers < 1 || workers > MOST_WORKERS)) {
    throw new TokenTaxError('BAD_OPTION', `--workers cannot be ${workers}`, {
      help: `Write a whole number from 1 to ${MOST_WORKERS}; the default is the number of cores.`,
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
  private zoneless = false;
  private join = false;
  private readonly joinEstimate = new JoinEstimate();
  private readIds = false;
  /** Of the first log that says so. */
  private sampling: Sampling | undefined;
  private readUsers = false;
  /** By index of the file. */
  private readonly credentials = new Map<number, CredentialCount>();
  private unitless = false;
  private guessedStamps = false;
  private guessedUnit = false;
  private readPart = false;
  private guessedColumns = false;
  private filter: ReadSettings['filter'];
  private readonly rangeBytes = threading.rangeBytes ?? RANGE_BYTES;
  private kernel: Kernel | undefined;
  private crew: Crew | undefined;
  private standby: Standby | undefined;
  /** Of the main thread, for the progress. */
  private readonly done = { bytes: 0, lines: 0, fetches: 0, file: '' };
  private readonly facts = new Map<number, RangeFacts[]>();
  private planned = 0;
  /** Files that are read in ranges by several. */
  private readonly cutFiles = new Set<number>();
  private settleRoute: (path: string) => string = (path) => path;
  private readonly readers: Reader[] = [];
  private readonly threads: ThreadResult[] = [];
  private merged: RunPart | undefined;
  /** Lines before each range of a file that was read in ranges. */
  private readonly linesBefore = new Map<number, ReadonlyMap<number, number>>();

  constructor(
    private readonly options: AnalyzeOptions,
    private readonly own: readonly OwnFormat[],
    /** Of the main thread: it knows the patterns of the user, and is told which have matched. */
    private readonly dictionary: Dictionary,
    private readonly memory: MemoryPlan | undefined,
    private readonly overflow: OverflowFile | undefined,
  ) {
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
    this.filter = { sinceUs, untilUs, where: this.options.where };
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
    const plans: Plan[] = [];
    this.standby = this.callIn();
    try {
      await this.planJoin();
      for (const { source, role } of this.sources) {
        const plan = await this.plan(source, role);
        if (plan !== undefined) plans.push(plan);
      }
      await this.readAll(plans.filter((plan) => plan.toRead !== undefined));
    } finally {
      for (const { open } of plans) open?.input.close();
      await this.standby?.close();
    }
    this.makeRoom();
    for (const plan of plans) this.addFile(plan);
    this.merged = this.merge();
    this.letGo();
    const nothingRead = this.merged.files.size === 0 && this.files.every(({ error }) => error !== null);
    if (nothingRead && this.errors.length > 0 && !this.options.signal?.aborted) throw nothingReadable(this.errors);
  }

  /** What a join needs of single records is kept only where two sides can be; ids are read where two sides show. */
  private async planJoin(): Promise<void> {
    const sources = this.sources.map(({ source }) => source);
    if (sources.length < 2) return;
    this.join = true;
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
    this.join = true;
    this.readIds = format === 'otlp';
    this.readUsers = true;
  }

  /** Looks at the head of an input: what it is, and how it can be read. undefined for what is none of ours. */
  private async plan(source: InputSource, role: Role | undefined): Promise<Plan | undefined> {
    const { signal, stdin } = this.options;
    const file = this.files.length + this.planned;
    const plan: Plan = { file, source, role };
    this.planned += 1;
    if (signal?.aborted) return { ...plan, error: INTERRUPTED };
    let bytes = 0;
    const opened = openInput(source, {
      ...(signal === undefined ? {} : { signal }),
      ...(stdin === undefined ? {} : { stdin: stdin as never }),
      onProgress: (count) => {
        bytes = count;
      },
    });
    const input = new UnwrappedInput(opened, this.detectOptions);
    const open: OpenFile = { input, bytesRead: () => bytes };
    try {
      const head = await input.head(HEAD_BYTES);
      let detected: Detected | undefined;
      try {
        detected = detect(source.name, head.bytes, this.detectOptions);
      } catch (error) {
        // A folder holds other things than logs: what is none, and was not asked for by name, is passed over and said.
        if (!source.named && isMisfit(error) && !looksLikeAccessLog(head.bytes)) {
          this.skipped.push(source.name);
          this.planned -= 1;
          input.close();
          return undefined;
        }
        throw error;
      }
      if (detected === undefined && head.complete) return plan;
      if (detected === undefined)
        throw new TokenTaxError('NO_FORMAT_FITS', `no line of ${source.name} could be judged`, { place: { file: source.name } });
      this.sampling ??= detected.sampling;
      if (detected.mapped !== undefined) this.mapped = new Set([...(this.mapped ?? []), ...detected.mapped]);
      if (this.sources.length === 1) this.planJoinOfOne(head.bytes, detected);
      this.kernel ??= await loadKernel(head.complete);
      const { program, stamped } = detected;
      // What a window or a condition leaves of them is not known, nor how much of a file its wrapper takes.
      if (this.join && !head.complete && this.filter === undefined && input.isLines)
        this.joinEstimate.add({ source, compression: head.compression, head: head.bytes, program, stamped });
      const { open: _, ...plain } = source;
      const wrapperIds = input.cutBy;
      return {
        ...plan,
        detected,
        open,
        isSmall: head.complete,
        toRead: { file, source: plain, program, stamped, ...(wrapperIds === undefined ? {} : { wrapperIds }) },
        isCut: head.compression === 'none' && wrapperIds !== undefined,
        isPlain: head.compression === 'none' && input.isLines,
        isOfFetches: !surveyHead(head.bytes).others,
      };
    } catch (error) {
      input.close();
      if (signal?.aborted) return { ...plan, error: INTERRUPTED };
      if (!(error instanceof TokenTaxError)) throw error;
      // A forced format that does not fit is a wrong request, not a bad file.
      if (error.code === 'FORMAT_MISMATCH' || error.code === 'UNKNOWN_FORMAT' || error.code === 'BAD_TEMPLATE') throw error;
      return { ...plan, error: redactText(error.message), cause: error };
    }
  }

  private get settings(): ReadSettings {
    const { logFormat, tz, tokenEndpoint = [], tokenRoutes = [] } = this.options;
    const { join, filter, rangeBytes } = this;
    const tooManyToJoin = join && this.joinEstimate.isTooLarge;
    const [ids, users] = [this.readIds && !tooManyToJoin, this.readUsers && !tooManyToJoin];
    const maxCallers = this.memory?.maxCallers;
    return {
      logFormat,
      tz,
      tokenEndpoints: tokenEndpoint,
      tokenRoutes,
      ids,
      users,
      join,
      tooManyToJoin,
      filter,
      rangeBytes,
      maxCallers,
    };
  }

  private reader(): Reader {
    const { onRejected, signal } = this.options;
    const reader = new Reader(this.settings, {
      stopped: () => signal?.aborted === true,
      onBlock: (bytes, lines, fetches) => {
        this.done.bytes += bytes;
        this.done.lines += lines;
        this.done.fetches += fetches;
        this.progress();
      },
      ...(onRejected === undefined
        ? {}
        : {
            onReject: ({ source: { name } }, linesBefore, reject) => {
              const { reason, line, offset } = reject;
              onRejected({ file: name, line: linesBefore + line + 1, byte: offset, reason, text: rejectedText(reject) });
            },
          }),
    });
    this.readers.push(reader);
    if (this.overflow !== undefined) reader.part.fetches.limit(this.overflow);
    return reader;
  }

  /** Files one after the other, or ranges of them by several threads. The result is the same. */
  private async readAll(plans: readonly Plan[]): Promise<void> {
    const crew = this.hire(plans);
    const shared = new Set(crew?.plans);
    if (crew === undefined) await this.standby?.close();
    else await this.readTogether(crew.tasks, crew.plans, crew.threads);
    const reader = this.reader();
    for (const plan of plans) if (!shared.has(plan)) await this.readWhole(reader, plan);
    for (const { facts } of [...this.readers, ...this.threads]) for (const one of facts) this.factsOf(one.file).push(one);
    for (const { matched } of this.threads) this.dictionary.addMatched(matched);
    for (const { dictionary } of this.readers) this.dictionary.addMatched(dictionary.matchedPatterns);
  }

  private async readWhole(reader: Reader, { toRead, open, isSmall }: Plan): Promise<void> {
    this.done.file = toRead!.source.name;
    await reader.readWhole(toRead!, isSmall === true ? await loadKernel(true) : this.kernel, open);
  }

  private factsOf(file: number): RangeFacts[] {
    let facts = this.facts.get(file);
    if (facts === undefined) {
      facts = [];
      this.facts.set(file, facts);
    }
    return facts;
  }

  /** Most threads that read. */
  private get mostWorkers(): number {
    const { workers = availableParallelism(), onRejected } = this.options;
    // Lines that cannot be read are told in their order, as they are met; and each thread takes memory of its own.
    return onRejected === undefined && this.memory === undefined ? workers : 1;
  }

  /** Threads that will be needed by what the sizes of the inputs say; should they not be, they have cost no time of this one. */
  private callIn(): Standby | undefined {
    const bytes = this.sources.reduce(
      (sum, { source: { path, sizeBytes = 0 } }) => (path === undefined ? sum : sum + sizeBytes),
      0,
    );
    const threads = Math.min(this.mostWorkers, Math.ceil(bytes / this.rangeBytes)) - 1;
    return bytes < threading.minBytes || threads < 1 ? undefined : new Standby(threads);
  }

  /** What can be shared, and by how many; undefined where threads would cost more than they bring. */
  private hire(plans: readonly Plan[]): { readonly plans: Plan[]; readonly tasks: Task[]; readonly threads: number } | undefined {
    const workers = this.mostWorkers;
    if (workers < 2) return undefined;
    const mine = plans.filter(
      ({ source, isCut }) =>
        source.path !== undefined &&
        source.open === undefined &&
        source.sizeBytes !== undefined &&
        source.sizeBytes > 0 &&
        (isCut === true || this.own.length === 0),
    );
    const bytes = mine.reduce((sum, { source, isPlain }) => sum + source.sizeBytes! * (isPlain === true ? 1 : PACKED), 0);
    if (bytes < threading.minBytes) return undefined;
    // Fetches are kept, and put in order at the end by one thread: others win little time there, and each has names of its own to keep.
    const ofFetches = mine.reduce((sum, { source, isOfFetches }) => sum + (isOfFetches === true ? source.sizeBytes! : 0), 0);
    const all = mine.reduce((sum, { source }) => sum + source.sizeBytes!, 0);
    if (this.options.workers === undefined && ofFetches * 2 > all) return undefined;
    const tasks = mine.flatMap(({ source, isCut }, at): Task[] =>
      isCut === true
        ? Array.from({ length: Math.ceil(source.sizeBytes! / this.rangeBytes) }, (_, range) => ({ file: at, range }))
        : [{ file: at, range: undefined }],
    );
    const threads = Math.min(workers, tasks.length) - 1;
    if (threads < 1) return undefined;
    for (const { file, isCut } of mine) if (isCut === true) this.cutFiles.add(file);
    return { plans: mine, tasks, threads };
  }

  private async readTogether(tasks: readonly Task[], plans: readonly Plan[], threads: number): Promise<void> {
    const { signal } = this.options;
    const files = plans.map(({ toRead }) => toRead!);
    const crew = new Crew(threads, tasks, { settings: this.settings, files, module: this.kernel?.module }, this.standby);
    this.crew = crew;
    const stop = (): void => crew.stop();
    signal?.addEventListener('abort', stop, { once: true });
    const ticking = setInterval(() => this.progress(), TICK_MS);
    try {
      if (signal?.aborted) crew.stop();
      const run = async (reader: Reader, { file, range }: Task): Promise<void> => {
        this.done.file = files[file]!.source.name;
        if (range === undefined) await reader.readWhole(files[file]!, this.kernel);
        else await reader.readRange(files[file]!, this.kernel, range);
        await new Promise((resolve) => setImmediate(resolve));
      };
      const reader = this.reader();
      for (let task = crew.next(); task !== undefined; task = crew.next()) await run(reader, task);
      this.threads.push(...(await crew.finish()));
      // In a part of its own: within one, files and ranges come in their order.
      const again = crew.lost.length === 0 ? undefined : this.reader();
      for (const task of crew.lost) if (signal?.aborted !== true) await run(again!, task);
    } finally {
      clearInterval(ticking);
      const { bytes, lines, fetches } = crew.progress;
      this.done.bytes += bytes;
      this.done.lines += lines;
      this.done.fetches += fetches;
      this.crew = undefined;
      await crew.close();
      signal?.removeEventListener('abort', stop);
    }
  }

  /** What is to come may need the memory that fetches take. */
  private makeRoom(): void {
    if (this.memory === undefined) return;
    for (const { part } of this.readers) {
      const { callers, fetches } = part.fetches.totals();
      if (process.memoryUsage.rss() + this.memory.finishBytes(callers, fetches) > this.memory.bytes) part.fetches.spillAll();
    }
  }

  private merge(): RunPart {
    const read = [...this.readers.map((reader) => reader.read), ...this.threads];
    const { linesBefore, rangeBytes } = this;
    const settleRoute = settleRoutes(read.flatMap(({ part }) => part.names.routes.map(({ path }) => path)));
    this.settleRoute = settleRoute;
    return mergeParts(read, {
      settleRoute,
      maxCallers: this.memory?.maxCallers,
      ...(linesBefore.size === 0
        ? {}
        : { linesBefore: (file, offset) => linesBefore.get(file)?.get(Math.floor(offset / rangeBytes)) ?? 0 }),
    });
  }

  /** Of reading nothing is needed but what was merged: the finish is to have the memory of the rest. */
  private letGo(): void {
    for (const { part } of this.readers) part.letGo();
    this.readers.length = 0;
    this.threads.length = 0;
    this.kernel = undefined;
    releaseKernel();
    if (this.done.bytes >= threading.minBytes) collectGarbage();
  }

  private progress(): void {
    const { onProgress } = this.options;
    if (onProgress === undefined) return;
    const sizes = this.sources.map(({ source: { sizeBytes } }) => sizeBytes);
    const bytesTotal = sizes.every((size) => size !== undefined)
      ? sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0)
      : undefined;
    const { bytes, lines, fetches } = this.crew?.progress ?? NOTHING;
    const { done } = this;
    onProgress({
      file: done.file,
      bytesRead: done.bytes + bytes,
      bytesTotal,
      lines: done.lines + lines,
      fetches: done.fetches + fetches,
    });
  }

  private fail(name: string, role: Role | undefined, error: TokenTaxError): void {
    this.complete = false;
    this.errors.push(error);
    this.files.push({ ...emptyFacts(name, role), error: error.message });
  }

  /** After an interruption: all ranges of the file were read all the same. */
  private isWhole(file: number, ranges: readonly RangeFacts[], { sizeBytes }: InputSource): boolean {
    return ranges.length > 0 && (!this.cutFiles.has(file) || ranges.length === Math.ceil((sizeBytes ?? 0) / this.rangeBytes));
  }

  private addFile({ file, source, role, detected, toRead, error: failed, cause: why }: Plan): void {
    const ranges = (this.facts.get(file) ?? []).sort((a, b) => a.range - b.range);
    const failure = ranges.find((one) => one.failure !== undefined)?.failure;
    const missing = toRead !== undefined && this.options.signal?.aborted === true && !this.isWhole(file, ranges, source);
    const error = failed ?? (failure === 'interrupted' || missing ? INTERRUPTED : (failure?.message ?? null));
    const cause = why ?? (failure === undefined || failure === 'interrupted' ? undefined : errorOf(failure));
    if (error !== null) {
      this.complete = false;
      if (cause !== undefined) this.errors.push(cause);
    }
    const wasRead = ranges.length > 0;
    if (ranges.some(({ sawZoneless }) => sawZoneless)) this.zoneless = true;
    if (ranges.some(({ sawUnitless }) => sawUnitless)) this.unitless = true;
    if (detected?.stamped === 'unknown' && wasRead) this.guessedStamps = true;
    if (detected?.guessesUnit === true && wasRead) this.guessedUnit = true;
    if (detected?.guessesColumns === true && wasRead) this.guessedColumns = true;
    if (detected?.readsPart === true && wasRead) this.readPart = true;
    const { counts, filtered, credentials, linesBefore } = together(ranges);
    if (ranges.length > 1) this.linesBefore.set(file, linesBefore);
    this.credentials.set(file, credentials);
    const late = lateRows(ranges.map((one) => one.late));
    this.files.push({
      ...emptyFacts(source.name, role),
      group: source.group,
      format: detected?.format ?? null,
      detected: detected?.detected ?? true,
      runnerUp: detected?.runnerUp ?? null,
      resolutionMs: counts.parsed === 0 ? null : Math.min(...ranges.map(({ resolutionMs }) => resolutionMs)),
      outOfOrder: { count: late.count, maxMs: Math.round(late.maxUs / 1000) },
      lines: wasRead ? lineCounts(counts, filtered) : noLines,
      rejects: rejectCounts(counts),
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
    const { dictionary, files, skipped } = this;
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
    if (this.guessedColumns) {
      this.assumptions.push({
        id: 'log.columns',
        value: 'the usual ones of IIS',
        from: 'the log has no #Fields line, and its rows fit them',
        affects: ['totals.fetches', 'keys.fetchMs'],
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
    if (this.readPart) {
      this.warnings.push({
        id: 'words-not-read',
        message:
          'lines of several shapes, or with words that no known format has, were read as far as all of them agree; a pasted format string (--log-format) has the rest read',
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
      parts: [this.merged!],
      options,
      complete: this.complete,
      warnings: this.warnings,
      assumptions: this.assumptions,
      settleRoute: this.settleRoute,
      maxKeyFetches: this.memory?.maxKeyFetches(this.merged!.names.callers.length),
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
    if (map.length === 0 || this.merged?.files.size === 0) return [];
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

const NOTHING = { bytes: 0, lines: 0, fetches: 0 };

const errorOf = ({ code, message, why, help, place }: Failure): TokenTaxError =>
  new TokenTaxError(code, message, {
    help,
    ...(why === undefined ? {} : { why }),
    ...(place === undefined ? {} : { place }),
  });

/** Of one file, from its ranges in their order: lines count from the start of the file. */
function together(ranges: readonly RangeFacts[]): {
  readonly counts: ScanCounts;
  readonly filtered: number;
  readonly credentials: CredentialCount;
  readonly linesBefore: ReadonlyMap<number, number>;
} {
  const counts: ScanCounts = { read: 0, parsed: 0, rejected: 0, blank: 0, notRequests: 0, rejects: new Map() };
  const found = new Map<string, CredentialTally>();
  const linesBefore = new Map<number, number>();
  let isPart = false;
  let filtered = 0;
  for (const { range, counts: own, filtered: left, credentials } of ranges) {
    const before = counts.read;
    linesBefore.set(range, before);
    for (const one of own.rejects.values()) {
      const known = counts.rejects.get(one.reason);
      if (known === undefined) counts.rejects.set(one.reason, { ...one, firstLine: one.firstLine + before });
      else known.count += one.count;
    }
    counts.read += own.read;
    counts.parsed += own.parsed;
    counts.rejected += own.rejected;
    counts.blank += own.blank;
    counts.notRequests += own.notRequests;
    filtered += left;
    isPart ||= credentials.isPart;
    for (const one of credentials.found) {
      const name = `${one.kind} ${one.place}`;
      const known = found.get(name) ?? { kind: one.kind, place: one.place, lines: 0, first: [] };
      found.set(name, known);
      known.lines += one.lines;
      for (const { line, offset } of one.first)
        if (known.first.length < MOST_FIRST) known.first.push({ line: line + before, offset });
    }
  }
  return { counts, filtered, credentials: { isPart, found: [...found.values()] }, linesBefore };
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
