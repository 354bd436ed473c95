import type { Span } from './kinds.js';
import { namedValues } from './named-values.js';
import { shadowOf, sourceOffset } from './shadow.js';
import { jwts, knownTokens, privateKeys, schemeCredentials, urlCredentials } from './shapes.js';

const detectors = [namedValues, schemeCredentials, jwts, urlCredentials, knownTokens, privateKeys];

const byPlace = (a: Span, b: Span): number => a.start - b.start || b.end - a.end;

/** Overlapping spans become one, under the name of the outermost. */
const merge = (spans: readonly Span[]): Span[] => {
  const merged: Span[] = [];
  for (const span of spans) {
    const last = merged.at(-1);
    if (last === undefined || span.start >= last.end) merged.push(span);
    else if (span.end > last.end) merged[merged.length - 1] = { ...last, end: span.end };
  }
  return merged;
};

/** Where the secrets of a text are, in order, without overlaps, as offsets in `source`. Linear in its length. */
export const findSecrets = (source: string): Span[] => {
  const shadow = shadowOf(source);
  const spans = detectors.flatMap((detect) => detect(shadow)).sort(byPlace);
  return merge(spans).map(({ start, end, kind }) => ({
    start: sourceOffset(shadow, start),
    end: sourceOffset(shadow, end),
    kind,
  }));
};

const replaceSpans = (source: string, spans: readonly Span[], mark: (span: Span) => string): string => {
  let done = 0;
  let out = '';
  for (const span of spans) {
    out += source.slice(done, span.start) + mark(span);
    done = span.end;
  }
  return out + source.slice(done);
};

/** A mark can take the place of the character that ended a neighbour's value; a few passes settle any such chain. */
const MAX_PASSES = 4;

/** `source` with each secret replaced, until none is found. */
export const replaceSecrets = (source: string, mark: (span: Span) => string): string => {
  let text = source;
  for (let pass = 0; pass < MAX_PASSES; pass += 1) {
    const spans = findSecrets(text);
    if (spans.length === 0) break;
    text = replaceSpans(text, spans, mark);
  }
  return text;
};
