/** Sums over cases: precision, recall, intervals, top causes. */
import type { Cell, ClientOutcome, Counts, Outcome } from './play.js';

export const ratio = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
const mean = (values: readonly number[]): number | null =>
  ratio(
    values.reduce((sum, value) => sum + value, 0),
    values.length,
  );

export interface RedundantScore {
  readonly cases: number;
  readonly precision: number | null;
  readonly recall: number | null;
  /** Over cells with at least `ENOUGH` redundant fetches. */
  readonly meanCellPrecision: number | null;
  readonly meanCellRecall: number | null;
  readonly worst: { readonly of: string; readonly value: number } | null;
}

/** Cells with fewer are decided by the edges of the log. */
export const ENOUGH = 10;

const hit = ({ truth, found }: Cell): number => Math.min(truth.redundant, found.redundant);

export function redundantScore(outcomes: readonly Outcome[]): RedundantScore {
  let [both, found, truth] = [0, 0, 0];
  const precisions: number[] = [];
  const recalls: number[] = [];
  let worst: RedundantScore['worst'] = null;
  const note = (value: number, of: string): void => {
    if (worst === null || value < worst.value) worst = { of, value };
  };
  for (const { id, cells } of outcomes) {
    for (const cell of cells) {
      both += hit(cell);
      found += cell.found.redundant;
      truth += cell.truth.redundant;
      if (cell.found.redundant >= ENOUGH) {
        precisions.push(hit(cell) / cell.found.redundant);
        note(precisions.at(-1)!, id);
      }
      if (cell.truth.redundant >= ENOUGH) {
        recalls.push(hit(cell) / cell.truth.redundant);
        note(recalls.at(-1)!, id);
      }
    }
  }
  return {
    cases: outcomes.length,
    precision: ratio(both, found),
    recall: ratio(both, truth),
    meanCellPrecision: mean(precisions),
    meanCellRecall: mean(recalls),
    worst,
  };
}

export function verdictSums(outcomes: readonly Outcome[]): { truth: Counts; found: Counts } {
  const zero = (): Counts => ({ ok: 0, necessary: 0, ahead: 0, redundant: 0, unknown: 0 });
  const sums = { truth: zero(), found: zero() };
  for (const { cells } of outcomes)
    for (const cell of cells)
      for (const side of ['truth', 'found'] as const)
        for (const name of Object.keys(sums.truth) as (keyof Counts)[]) sums[side][name] += cell[side][name];
  return sums;
}

export interface BoundScore {
  readonly cases: number;
  readonly holds: number | null;
  /** The same, where being off by one fetch for each client and holder is let pass. */
  readonly nearlyHolds: number | null;
  readonly width: number | null;
}

export function boundScore(outcomes: readonly Outcome[]): BoundScore {
  const held = (slack: (outcome: Outcome) => number): number =>
    outcomes.filter((one) => one.bounds.truth >= one.bounds.low - slack(one) && one.bounds.truth <= one.bounds.high + slack(one))
      .length;
  return {
    cases: outcomes.length,
    holds: ratio(
      held(() => 0),
      outcomes.length,
    ),
    nearlyHolds: ratio(
      held(({ cells }) => cells.length),
      outcomes.length,
    ),
    width: mean(outcomes.filter(({ bounds }) => bounds.ok > 0).map(({ bounds }) => (bounds.high - bounds.low) / bounds.ok)),
  };
}

/** The client that a case is about: of a mixed fleet the others are only company. */
export const subjects = (outcomes: readonly Outcome[]): { readonly outcome: Outcome; readonly client: ClientOutcome }[] =>
  outcomes.flatMap((outcome) => {
    const client = outcome.clients.find(({ behaviour }) => behaviour === outcome.behaviour);
    return outcome.attempts < 0 || client === undefined ? [] : [{ outcome, client }];
  });

export const NOTHING = 'nothing';
export const wanted = ({ cause }: ClientOutcome): string => cause ?? NOTHING;
export const given = ({ code }: ClientOutcome): string => code ?? NOTHING;
export const isRight = (client: ClientOutcome): boolean => wanted(client) === given(client);
