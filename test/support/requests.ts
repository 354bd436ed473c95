import type { RequestRows } from '../../src/analysis/request-log.js';

/** Rows [from, to) of the columns as one object each. */
export const requestsOf = (rows: RequestRows, from: number, to: number): unknown[] =>
  Array.from({ length: to - from }, (_, at) => {
    const row = from + at;
    const { request, trace, user } = rows;
    return {
      startMs: rows.startMs[row],
      durationMs: rows.durationMs[row],
      route: rows.route[row],
      node: rows.node[row],
      request: request?.[row] ?? 0,
      trace: trace?.[row] ?? 0,
      offset: rows.offset[row],
      user: user?.[row] ?? 0,
    };
  });
