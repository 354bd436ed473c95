/** What a rule is: how well a key's fetches have the shape of one cause, and what would say so to a person. */
import type { Symptoms } from './symptoms.js';

/** What a log may or may not show; `docs/rules` and the accuracy bench use the same names. */
export type Field =
  | 'start'
  | 'duration'
  | 'status'
  | 'client'
  | 'holder'
  | 'scope'
  | 'lifetime'
  | 'expires_in'
  | 'demand'
  | 'request id'
  /** Fine enough to tell which request fetched; ids in both logs do as well. */
  | 'fine stamps'
  | 'upstream status'
  | 'user'
  | 'query'
  | 'cache word';

export interface Judgement {
  /** 0 to 1: how likely a log of this cause looks like this one, against logs of other causes. */
  readonly score: number;
  /** Redundant fetches that it would explain. */
  readonly explains: number;
  /** Independent pieces of evidence: gaps, cycles, bursts. */
  readonly pieces: number;
  readonly why: string;
  /** The fact that speaks against it most; printed where another cause wins. */
  readonly against: string;
}

export interface Rule {
  readonly code: string;
  readonly title: string;
  /** All of these: without one the cause cannot be told from its rivals. */
  readonly needs: readonly Field[];
  /** Fewer fetches than this are no evidence. */
  readonly least: number;
  readonly fix: string;
  readonly risk: string | null;
  readonly judge: (symptoms: Symptoms) => Judgement;
}

export const no = (against: string): Judgement => ({ score: 0, explains: 0, pieces: 0, why: '', against });

/** `2.0 s`, `350 ms`, `1 h`: short and without a locale. */
export function span(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1000).toFixed(1).replace(/\.0$/, '')} s`;
  if (ms < 7_200_000) return `${(ms / 60_000).toFixed(1).replace(/\.0$/, '')} min`;
  return `${(ms / 3_600_000).toFixed(1).replace(/\.0$/, '')} h`;
}

export const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** A capital letter in front and a full stop behind; a number or a name at the begin stays as it is. */
export const sentence = (text: string): string =>
  `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
