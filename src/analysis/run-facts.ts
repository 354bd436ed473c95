/** What the finish gets to work on. */
import type { KeyVisitor } from './assess-key.js';
import type { AnalysisOptions } from './options.js';
import type { RunPart } from './part.js';
import type { Assumption, InputFile, LineCounts, Role, Warning } from './result.js';

/** What is known of a file besides its requests. */
export interface FileFacts {
  readonly name: string;
  readonly group: string;
  readonly forcedRole: Role | undefined;
  readonly format: string | null;
  readonly detected: boolean;
  readonly runnerUp: InputFile['runnerUp'];
  readonly resolutionMs: number | null;
  readonly outOfOrder: InputFile['outOfOrder'];
  readonly lines: LineCounts;
  readonly rejects: InputFile['rejects'];
  readonly error: string | null;
}

export interface FinishInput {
  readonly version: string;
  readonly files: readonly FileFacts[];
  readonly parts: readonly RunPart[];
  readonly options: AnalysisOptions;
  readonly complete: boolean;
  readonly warnings: readonly Warning[];
  readonly assumptions: readonly Assumption[];
  /** The name of a route after all places with too many children have been folded. */
  readonly settleRoute: (route: string) => string;
  /** Fetches of one key that there is memory for; undefined: any number. */
  readonly maxKeyFetches: number | undefined;
  /** Others who want to see the fetches of each key. */
  readonly visitors: readonly KeyVisitor[];
}
