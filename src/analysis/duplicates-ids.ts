/** Token requests that stand in several logs, or in several spans, with one id: they are one fetch, and the record nearest the issuer is kept. */
import type { Caller } from '../events/request-batch.js';
import type { FetchLog } from './fetch-log.js';
import type { TokenIdIndex } from './join-fetches.js';
import { IdIndex } from './join-requests.js';

interface Record {
  readonly file: number;
  readonly offset: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly status: number;
  readonly client: string | undefined;
  readonly request: number;
  readonly trace: number;
}

export interface IdContext {
  readonly ids: TokenIdIndex;
  readonly isIssuer: (file: number) => boolean;
  /** A file of spans holds both ends of a call. */
  readonly isSpans: (file: number) => boolean;
  /** What the stamps of a file leave open, and clocks with them. */
  readonly slackMs: (file: number) => number;
}

/** `sources`: callers of one path. `isTaken`: a record that is left out already; `take`: one that is a second one. */
export function markById(
  sources: readonly { readonly caller: Caller; readonly logs: readonly FetchLog[] }[],
  context: IdContext,
  isTaken: (file: number, offset: number) => boolean,
  take: (file: number, offset: number) => void,
): void {
  const records: Record[] = [];
  for (const { caller, logs } of sources) {
    for (const log of logs) {
      log.forEach(({ file, offset, startMs, durationMs, status }) => {
        const [request, trace] = context.ids.of(file, offset);
        if (request === 0 && trace === 0) return;
        const endMs = startMs + Math.max(0, durationMs);
        records.push({ file, offset, startMs, endMs, status, client: caller.client, request, trace });
      });
    }
  }
  for (const by of ['request', 'trace'] as const) {
    const ids = Float64Array.from(records, (record) => record[by]);
    for (const rows of new IdIndex(ids, records.length).groups()) {
      const group = rows.map((row) => records[row]!).filter(({ file, offset }) => !isTaken(file, offset));
      group.sort((a, b) => byNearness(a, b, context));
      const kept: { readonly record: Record; readonly seenIn: Set<number> }[] = [];
      for (const record of group) {
        const twin = kept.find(({ record: one, seenIn }) => !seenIn.has(record.file) && isTwin(one, record, by, context));
        if (twin === undefined) kept.push({ record, seenIn: new Set() });
        else {
          twin.seenIn.add(record.file);
          take(record.file, record.offset);
        }
      }
    }
  }
}

/** The issuer's own record first, then the shorter one: it lies inside the other. */
const byNearness = (a: Record, b: Record, { isIssuer }: IdContext): number =>
  Number(isIssuer(b.file)) - Number(isIssuer(a.file)) ||
  a.endMs - a.startMs - (b.endMs - b.startMs) ||
  a.file - b.file ||
  a.offset - b.offset;

function isTwin(inner: Record, outer: Record, by: 'request' | 'trace', context: IdContext): boolean {
  const { isSpans, isIssuer, slackMs } = context;
  if (inner.status !== outer.status) return false;
  if (inner.client !== undefined && outer.client !== undefined && inner.client !== outer.client) return false;
  if (inner.file === outer.file && !isSpans(inner.file)) return false;
  // An id of its own says enough, whatever the clocks say; a trace may hold several fetches.
  if (by === 'request' && isIssuer(inner.file) !== isIssuer(outer.file)) return true;
  const slack = inner.file === outer.file ? 1 : slackMs(inner.file) + slackMs(outer.file);
  return inner.startMs >= outer.startMs - slack && inner.endMs <= outer.endMs + slack;
}
