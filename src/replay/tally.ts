/** What became of the requests of one arm. */
import { Histogram, type Quantiles } from './histogram.js';
import type { PlannedRequest } from './plan.js';
import type { Answer, ErrorKind } from './sender.js';

/** Sent later than this after it was due, ms. */
export const LATE_MS = 50;

export interface ArmCounts {
  readonly sent: number;
  readonly answered: number;
  readonly late: number;
  readonly dropped: number;
  readonly notSent: number;
  readonly warmUp: number;
  readonly bytes: number;
  readonly capped: number;
  readonly redirects: number;
  readonly errors: Readonly<Partial<Record<ErrorKind, number>>>;
  readonly statuses: Readonly<Record<string, number>>;
  /** Answers whose status is not the one of the log: `200 -> 503`. */
  readonly differs: Readonly<Record<string, number>>;
  readonly statusDiffers: number;
  /** From the time in the plan to the last byte, ms. null without answers. */
  readonly response: Quantiles | null;
  /** From the actual send. */
  readonly service: Quantiles | null;
  /** How long after its time a request was sent. */
  readonly lag: Quantiles | null;
}

const bump = (counts: Map<string, number>, key: string): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1);
};

const sorted = (counts: ReadonlyMap<string, number>): Record<string, number> =>
  Object.fromEntries([...counts].sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1)));

export class Tally {
  private readonly response = new Histogram();
  private readonly service = new Histogram();
  private readonly lag = new Histogram();
  private readonly errors = new Map<string, number>();
  private readonly statuses = new Map<string, number>();
  private readonly differs = new Map<string, number>();
  private sent = 0;
  private answered = 0;
  private late = 0;
  private bytes = 0;
  private capped = 0;
  private redirects = 0;
  dropped = 0;
  notSent = 0;
  warmUp = 0;

  /** @param paced times come from a plan; in a closed model a request is due when it is sent. */
  answer(request: PlannedRequest, dueMs: number, sentMs: number, endedMs: number, answer: Answer, paced: boolean): void {
    const due = paced ? dueMs : sentMs;
    this.sent += 1;
    this.lag.record(sentMs - due);
    if (sentMs - due > LATE_MS) this.late += 1;
    this.bytes += answer.bytes;
    if (answer.capped) this.capped += 1;
    if (answer.error !== undefined) {
      bump(this.errors, answer.error);
      return;
    }
    this.answered += 1;
    this.response.record(endedMs - due);
    this.service.record(endedMs - sentMs);
    bump(this.statuses, String(answer.status));
    if (answer.status >= 300 && answer.status < 400 && answer.status !== 304) this.redirects += 1;
    if (request.status !== 0 && request.status !== answer.status) bump(this.differs, `${request.status} -> ${answer.status}`);
  }

  counts(): ArmCounts {
    const differs = sorted(this.differs);
    return {
      sent: this.sent,
      answered: this.answered,
      late: this.late,
      dropped: this.dropped,
      notSent: this.notSent,
      warmUp: this.warmUp,
      bytes: this.bytes,
      capped: this.capped,
      redirects: this.redirects,
      errors: sorted(this.errors),
      statuses: sorted(this.statuses),
      differs,
      statusDiffers: Object.values(differs).reduce((sum, many) => sum + many, 0),
      response: this.response.quantiles() ?? null,
      service: this.service.quantiles() ?? null,
      lag: this.lag.quantiles() ?? null,
    };
  }
}
