/** Runs both engines of the scanner over the same blocks and tells everything that either of them says. */
import type { RequestBatch } from '../../src/events/request-batch.js';
import { compile } from '../../src/formats/compile.js';
import type { Format } from '../../src/formats/define.js';
import type { Program } from '../../src/formats/program.js';
import { Dictionary } from '../../src/scan/dictionary.js';
import { FileScanner } from '../../src/scan/file-scanner.js';
import type { Kernel } from '../../src/scan/kernel/kernel.js';
import type { zoneShift } from '../../src/scan/zones.js';

export const textProgram = (template: string): Program => compile({ kind: 'template', template });

export interface Setup {
  readonly program: Program;
  readonly stamped?: Format['stamped'];
  readonly zoneShift?: ReturnType<typeof zoneShift>;
  readonly ids?: boolean;
  readonly userRows?: number;
  /** Made anew for each engine. */
  readonly dictionary?: () => Dictionary;
}

/** Whole lines and what stands behind them in the buffer. */
export interface Block {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
}

export interface Answer {
  readonly rows: readonly Record<string, unknown>[];
  readonly counts: unknown;
  readonly rejects: unknown;
  readonly flags: unknown;
  readonly names: unknown;
}

const columns = [
  'startUs',
  'durationUs',
  'upstreamUs',
  'status',
  'bytes',
  'method',
  'cache',
  'route',
  'node',
  'agent',
  'caller',
  'lifetimeMs',
  'offset',
  'line',
] as const;

/** Ids and the names they stand for: both must be the same. */
function rowsOf(batch: RequestBatch): Record<string, unknown>[] {
  const { names } = batch;
  return Array.from({ length: batch.rows }, (_, row) => ({
    ...Object.fromEntries(columns.map((column) => [column, batch[column][row]])),
    requestId: batch.ids?.request[row],
    traceId: batch.ids?.trace[row],
    user: batch.users?.[row],
    routeName: names.routes[batch.route[row]!],
    nodeName: names.nodes[batch.node[row]!],
    agentName: names.agents[batch.agent[row]!],
    callerName: names.callers[batch.caller[row]!],
  }));
}

export function scanWith(
  kernel: Kernel | undefined,
  setup: Setup,
  blocks: readonly Block[],
): Answer & { readonly fastRows: number } {
  const dictionary = setup.dictionary?.() ?? new Dictionary([], []);
  const rows: Record<string, unknown>[] = [];
  const scanner = new FileScanner(
    {
      program: setup.program,
      stamped: setup.stamped ?? 'end',
      kernel,
      ...(setup.zoneShift === undefined ? {} : { zoneShift: setup.zoneShift }),
      ...(setup.ids === undefined ? {} : { ids: setup.ids }),
      ...(setup.userRows === undefined ? {} : { userRows: setup.userRows }),
    },
    dictionary,
    (batch) => {
      for (const row of rowsOf(batch)) rows.push(row);
    },
  );
  let offset = 0;
  for (const { bytes, from, to } of blocks) {
    scanner.scan(bytes, from, to, offset);
    offset += to - from;
  }
  const { rejects, ...counts } = scanner.counts;
  return {
    rows,
    counts,
    rejects: [...rejects.values()],
    flags: [scanner.sawZoneless, scanner.sawUnitlessDuration, scanner.resolutionMs],
    names: [dictionary.routes, dictionary.routeFlags, dictionary.nodes, dictionary.agents, dictionary.callers],
    fastRows: scanner.fastRows,
  };
}

/** Blocks of whole lines cut at these lines (counted from 0), each in a buffer of its own with `behind` after it. */
export function blocksOf(text: Uint8Array, cuts: readonly number[] = [], behind = ''): Block[] {
  const ends: number[] = [];
  let line = 0;
  for (let at = text.indexOf(10); at >= 0; at = text.indexOf(10, at + 1)) {
    if (cuts.includes(line)) ends.push(at + 1);
    line += 1;
  }
  if (ends.at(-1) !== text.length) ends.push(text.length);
  let start = 0;
  return ends.map((end) => {
    const from = (start * 7) % 5;
    const bytes = new Uint8Array(from + end - start + 64);
    bytes.set(text.subarray(start, end), from);
    bytes.set(Buffer.from(behind.slice(0, 64), 'latin1'), from + end - start);
    const block = { bytes, from, to: from + end - start };
    start = end;
    return block;
  });
}
