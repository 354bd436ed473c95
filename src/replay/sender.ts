/** Sends one request over a pool of connections and says what became of it. Nothing is followed, nothing is tried again. */
import type { Dispatcher } from 'undici';
import type { PlannedRequest } from './plan.js';
import { guardedLookup, type LookupAll, type Target } from './target.js';

export const errorKinds = ['refused', 'reset', 'timeout', 'dns', 'tls', 'protocol', 'no token', 'stopped', 'other'] as const;
export type ErrorKind = (typeof errorKinds)[number];

export interface Answer {
  /** 0: none came. */
  readonly status: number;
  readonly error: ErrorKind | undefined;
  readonly bytes: number;
  /** The body was longer than what is read of one. */
  readonly capped: boolean;
}

export interface SenderOptions {
  readonly target: Target;
  /** Sent with each request, in front of nothing that the log says. */
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly timeoutMs: number;
  readonly maxBodyBytes: number;
  readonly http2: boolean;
  readonly insecure: boolean;
  readonly authorize: (() => string | undefined | Promise<string | undefined>) | undefined;
  /** In place of that of the system. */
  readonly lookup?: LookupAll | undefined;
}

export interface Sender {
  send(request: PlannedRequest, done: (answer: Answer) => void): void;
  /** Ends what is under way; each request still gets its answer. */
  stop(): void;
  close(): Promise<void>;
}

const kinds: readonly (readonly [RegExp, ErrorKind])[] = [
  [/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|ETARGETREFUSED)$/, 'refused'],
  [/^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/, 'reset'],
  [/TIMEOUT|^ETIMEDOUT$/, 'timeout'],
  [/^(ENOTFOUND|EAI_)/, 'dns'],
  [/CERT|^ERR_TLS|^ERR_SSL|^EPROTO|SELF_SIGNED|^UNABLE_TO/, 'tls'],
  [/^(HPE_|UND_ERR_|ERR_HTTP2)/, 'protocol'],
  [/^TOKEN_REFUSED$/, 'no token'],
];

export const kindOf = (error: unknown): ErrorKind => {
  const { code, errors } = error as { readonly code?: unknown; readonly errors?: readonly unknown[] };
  if (typeof code !== 'string') return errors !== undefined && errors.length > 0 ? kindOf(errors[0]) : 'other';
  return kinds.find(([pattern]) => pattern.test(code))?.[1] ?? 'other';
};

/** One request under way. */
class Exchange implements Dispatcher.DispatchHandler {
  private controller: Dispatcher.DispatchController | undefined;
  private status = 0;
  private bytes = 0;
  private over = false;
  private aborted: ErrorKind | undefined;

  constructor(
    private readonly maxBodyBytes: number,
    readonly endsAt: number,
    private readonly done: (exchange: Exchange, answer: Answer) => void,
  ) {}

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.aborted !== undefined) controller.abort(new Error(this.aborted));
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number): void {
    this.status = status;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.bytes += chunk.length;
    if (this.bytes <= this.maxBodyBytes) return;
    this.end(undefined, true);
    controller.abort(new Error('the body is longer than what is read of one'));
  }

  onResponseEnd(): void {
    this.end(undefined);
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.end(this.aborted ?? kindOf(error));
  }

  abort(kind: ErrorKind): void {
    this.aborted = kind;
    this.controller?.abort(new Error(kind));
    this.end(kind);
  }

  private end(error: ErrorKind | undefined, capped = false): void {
    if (this.over) return;
    this.over = true;
    this.done(this, { status: this.status, error, bytes: this.bytes, capped });
  }
}

/** How often requests that take too long are looked for, ms. */
const SWEEP_MS = 50;
const H2_STREAMS = 100;

export const openSender = async (options: SenderOptions): Promise<Sender> => {
  const { target, headers, connections, timeoutMs, maxBodyBytes, http2, insecure, authorize } = options;
  // Bundled, the package has no names of its own.
  const { Pool } = (await import('undici')).default;
  const lookup = guardedLookup(target, options.lookup);
  const pool = new Pool(target.origin, {
    connections,
    pipelining: http2 ? H2_STREAMS : 1,
    allowH2: http2,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: {
      timeout: timeoutMs,
      rejectUnauthorized: !insecure,
      ...(lookup === undefined ? {} : { lookup: lookup as never }),
    },
  });
  // All have the same patience, so they are over in the order in which they began.
  const underWay = new Set<Exchange>();
  let stopped = false;
  const sweep = setInterval(() => {
    const now = performance.now();
    for (const exchange of underWay) {
      if (exchange.endsAt > now) break;
      exchange.abort('timeout');
    }
  }, SWEEP_MS);
  const dispatch = (request: PlannedRequest, authorization: string | undefined, done: (answer: Answer) => void): void => {
    const exchange = new Exchange(maxBodyBytes, performance.now() + timeoutMs, (self, answer) => {
      underWay.delete(self);
      done(answer);
    });
    underWay.add(exchange);
    const own = authorization === undefined ? headers : { ...headers, authorization };
    const typed =
      request.body === undefined || own['content-type'] !== undefined
        ? own
        : { ...own, 'content-type': /^\s*[[{]/.test(request.body) ? 'application/json' : 'text/plain; charset=utf-8' };
    try {
      pool.dispatch(
        {
          method: request.method as Dispatcher.HttpMethod,
          path: target.prefix + request.path,
          headers: typed,
          body: request.body ?? null,
        },
        exchange,
      );
    } catch {
      exchange.abort('protocol');
    }
  };
  return {
    send: (request, done) => {
      const authorization = authorize?.();
      if (!(authorization instanceof Promise)) return dispatch(request, authorization, done);
      authorization.then(
        (value) => {
          if (stopped) done({ status: 0, error: 'stopped', bytes: 0, capped: false });
          else dispatch(request, value, done);
        },
        () => done({ status: 0, error: 'no token', bytes: 0, capped: false }),
      );
    },
    stop: () => {
      stopped = true;
      for (const exchange of [...underWay]) exchange.abort('stopped');
    },
    close: async () => {
      clearInterval(sweep);
      await pool.destroy();
    },
  };
};
