/** Traffic for a gateway: an open model over several connections, in stretches, written down as the gateway's log would be. */
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';

export interface Stretch {
  /** After the beginning. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly perSecond: number;
  /** So many at once at its beginning. */
  readonly burst?: number;
}

export interface Sent {
  readonly startMs: number;
  readonly endMs: number;
  /** 0: no answer. */
  readonly status: number;
}

/** What one request does; its status. */
export type Send = (n: number) => Promise<number>;

/** Requests through a gateway at `origin`. */
export function through(origin: string): { send: Send; close: () => Promise<void> } {
  const pool = new Pool(origin, { connections: 64, keepAliveTimeout: 3000, keepAliveMaxTimeout: 3000 });
  return {
    send: async (n) => {
      const { statusCode, body } = await pool.request({ method: 'GET', path: `/api/orders/${n % 50}` });
      await body.dump();
      return statusCode;
    },
    close: () => pool.close(),
  };
}

/** Sends the stretches, counted from `beginMs` on the wall clock, and resolves when all is answered. */
export async function drive(send: Send, stretches: readonly Stretch[], beginMs: number): Promise<readonly Sent[]> {
  const sent: Sent[] = [];
  const open = new Set<Promise<void>>();
  let n = 0;
  const one = (): void => {
    const startMs = Date.now();
    n += 1;
    const done = send(n)
      .catch(() => 0)
      .then((status) => {
        sent.push({ startMs, endMs: Date.now(), status });
        open.delete(done);
      });
    open.add(done);
  };
  for (const { fromMs, toMs, perSecond, burst = 0 } of stretches) {
    await sleep(Math.max(0, beginMs + fromMs - Date.now()));
    for (let each = 0; each < burst; each += 1) one();
    const start = Date.now();
    const end = beginMs + toMs;
    // A stretch that begins late has fewer requests, and ends when it should.
    for (let due = 0; Date.now() < end; ) {
      const now = Date.now();
      for (; due < ((now - start) * perSecond) / 1000; due += 1) one();
      await sleep(5);
    }
  }
  await Promise.all(open);
  return sent.sort((a, b) => a.startMs - b.startMs);
}

/** Appends them as nginx would write them in JSON. */
export const writeGatewayLog = (file: string, sent: readonly Sent[]): void =>
  appendFileSync(
    file,
    [...sent]
      .sort((a, b) => a.endMs - b.endMs)
      .map(({ startMs, endMs, status }) =>
        JSON.stringify({
          msec: (endMs / 1000).toFixed(3),
          remote_addr: '127.0.0.1',
          request_method: 'GET',
          request_uri: '/api/orders/7',
          status,
          request_time: ((endMs - startMs) / 1000).toFixed(3),
          http_user_agent: 'load',
        }),
      )
      .map((line) => `${line}\n`)
      .join(''),
  );
