/** `log-format` of HAProxy. */
import { TokenTaxError } from '../../errors.js';
import type { Word } from '../pattern.js';
import { type Dialect, field, headerMeaning, type Meaning, meaningIn, type Piece, requestHeaders, tokens } from './dialect.js';

const ms = 'milliseconds';
const aside = (...words: Word[]): Meaning => ({ words });

/** By name, those that say most of a slot first. */
const directives: Readonly<Record<string, Meaning>> = {
  r: { field: field('request') },
  HM: { field: field('method') },
  HU: { field: field('target') },
  HPO: { field: field('path') },
  HP: { field: field('path') },
  ST: { field: field('status', 'number') },
  B: { field: field('bytes', 'number'), words: ['plus', 'integer'] },
  tr: { field: field('time', 'time-clf') },
  t: { field: field('time', 'time-clf') },
  trg: { field: field('time', 'time-clf') },
  trl: { field: field('time', 'time-clf') },
  T: { field: field('time', 'time-clf') },
  Tl: { field: field('time', 'time-clf') },
  Ts: { field: field('time', 'time-epoch') },
  Ta: { field: field('duration', ms), words: ['plus', 'integer'] },
  Tt: { field: field('duration', ms), words: ['plus', 'integer'] },
  Tc: { field: field('upstream', ms, { missing: 'unknown' }), words: ['integer'] },
  Tr: { field: field('upstreamMore', ms), words: ['integer'] },
  ci: { field: field('client') },
  b: { field: field('route') },
  ID: { field: field('requestId') },
  H: { field: field('node') },
  ...Object.fromEntries(
    ['TR', 'Tw', 'Th', 'Ti', 'Td', 'Tq', 'Tu', 'ac', 'fc', 'bc', 'sc', 'rc', 'sq', 'bq', 'ms', 'cp', 'sp', 'U'].map((name) => [
      name,
      aside('integer'),
    ]),
  ),
  method: { field: field('method') },
  pathq: { field: field('target') },
  url: { field: field('target') },
  path: { field: field('path') },
  status: { field: field('status', 'number') },
  src: { field: field('client') },
  'unique-id': { field: field('requestId') },
  ssl_c_s_dn: { field: field('mtlsSubject') },
  hostname: { field: field('node') },
};

const DIRECTIVE = /%(?:\{([^}]*)\})?(?:\([^)]*\))?(?:\[((?:[^\]\\]|\\.)*)\]|([A-Za-z]+)|%)/g;
const NAMES =
  /%(?:\{[-+][^}]*\})?(?:\([^)]*\))?(?:\[[a-z]|(?:ci|cp|si|tr|trg|trl|Ta|Tt|Tr|Tc|TR|Tw|ST|HM|HU|HP|ft|hr|hs|tsc|ac|rc|sq|bq)\b)/;

/** What `%{+Q}` puts in quotes: all that is text. */
const TEXTS: ReadonlySet<string> = new Set([
  'r',
  'HM',
  'HU',
  'HP',
  'HPO',
  'HV',
  'b',
  'f',
  'ft',
  's',
  'ci',
  'si',
  'CC',
  'CS',
  'ID',
  'H',
  'tsc',
  'ts',
  'hr',
  'hs',
]);

const quote: Piece = { kind: 'text', text: '"' };

/** `req.hdr(user-agent),lower` */
function expressionMeaning(expression: string): Meaning {
  const header = /^(?:req\.)?f?hdr\(([\w:-]+)/.exec(expression);
  if (header !== null) return headerMeaning(requestHeaders, header[1] ?? '');
  return meaningIn(directives, expression.replace(/[,(].*$/s, '')) ?? {};
}

function pieceOf(name: string, quoted: boolean, written: string): readonly Piece[] {
  // Captured headers, in braces, when there are any.
  if (name === 'hr' || name === 'hs') {
    const captures: Piece = { kind: 'directive', written };
    return [{ kind: 'optional', pieces: [{ kind: 'text', text: ' {' }, captures, { kind: 'text', text: '}' }] }];
  }
  if (name === 's') {
    const cached: Piece = { kind: 'directive', written, field: field('cache', 'cache-haproxy'), words: ['again'] };
    const server: Piece = { kind: 'directive', written, field: field('upstreamAddr'), words: ['named'] };
    return quoted ? [quote, cached, server, quote] : [cached, server];
  }
  if (name === 'HQ')
    return [
      {
        kind: 'optional',
        pieces: [
          { kind: 'text', text: '?' },
          { kind: 'directive', written, field: field('query') },
        ],
      },
      // What could not be read as a request has no query.
      { kind: 'optional', pieces: [{ kind: 'text', text: '<BADREQ>' }] },
    ];
  const piece: Piece = { kind: 'directive', written, ...(meaningIn(directives, name) ?? {}) };
  return quoted && TEXTS.has(name) ? [quote, piece, quote] : [piece];
}

function pieces(format: string): Piece[] {
  let quotesAll = false;
  const out = tokens(format, DIRECTIVE, ([written, flags = '', expression, name]) => {
    if (name === undefined && expression === undefined) return [{ kind: 'text', text: '%' }];
    if (name === 'o') {
      quotesAll = flags.includes('+Q') || (quotesAll && !flags.includes('-Q'));
      return [];
    }
    const quoted = flags.includes('+Q') || (quotesAll && !flags.includes('-Q'));
    if (expression !== undefined) {
      const piece: Piece = { kind: 'directive', written, ...expressionMeaning(expression) };
      return quoted ? [quote, piece, quote] : [piece];
    }
    return pieceOf(name!, quoted, written);
  });
  return tidy(out);
}

/** `ip:port` is one field; the space in front of captures goes with them; a request that ends the line may be cut by syslog. */
function tidy(pieces: readonly Piece[]): Piece[] {
  const out: Piece[] = [];
  const isDirective = (piece: Piece | undefined, name: string): boolean =>
    piece?.kind === 'directive' && piece.written.replace(/^%(?:\{[^}]*\})?(?:\([^)]*\))?/, '') === name;
  for (let at = 0; at < pieces.length; at += 1) {
    const piece = pieces[at]!;
    const [next, behind] = [pieces[at + 1], pieces[at + 2]];
    const previous = out.at(-1);
    if (
      piece.kind === 'directive' &&
      isDirective(piece, 'ci') &&
      next?.kind === 'text' &&
      next.text === ':' &&
      isDirective(behind, 'cp')
    ) {
      out.push({ ...piece, words: ['address'] });
      at += 2;
    } else if (
      piece.kind === 'optional' &&
      piece.pieces[0]?.kind === 'text' &&
      piece.pieces[0].text === ' {' &&
      previous?.kind === 'text' &&
      previous.text.endsWith(' ')
    ) {
      out.pop();
      if (previous.text.length > 1) out.push({ kind: 'text', text: previous.text.slice(0, -1) });
      out.push(piece);
    } else if (
      piece === quote &&
      isDirective(next, 'r') &&
      behind === quote &&
      at + 3 === pieces.length &&
      next?.kind === 'directive'
    ) {
      out.push(piece, { ...next, words: ['torn'] });
      at += 2;
    } else out.push(piece);
  }
  // The wait for the headers alone is the upstream time where connecting is not logged.
  const hasConnect = pieces.some((piece) => piece.kind === 'directive' && piece.field?.slot === 'upstream');
  if (hasConnect) return out;
  return out.map((piece) =>
    piece.kind === 'directive' && piece.field?.slot === 'upstreamMore'
      ? { ...piece, field: field('upstream', ms, { missing: 'unknown' }) }
      : piece,
  );
}

/** `%{+json}o`: what has a name becomes a member of an object, and what has none is not written. */
const ENCODED = /%\{[^}]*\+(json|cbor)[^}]*\}o\b/;
const NAMED = /%(?:\{[^}]*\})?\(([^):]+)(?::\w+)?\)(\[(?:[^\]\\]|\\.)*\]|[A-Za-z]+)/g;

/** The same as a JSON text with directives in it. Throws BAD_TEMPLATE for an encoding that is no text. */
function jsonTextOf(format: string): string {
  if (ENCODED.exec(format)?.[1] === 'cbor')
    throw new TokenTaxError('BAD_TEMPLATE', 'a log in CBOR is no text that can be read by lines', {
      help: 'Log with %{+json}o.',
    });
  const members = [...format.matchAll(NAMED)].map(([, name = '', what = '']) => `${JSON.stringify(name)}:%${what}`);
  return `{${members.join(',')}}`;
}

export const haproxy: Dialect = {
  name: 'HAProxy',
  escapes: 'hash',
  isOne: (pasted) => NAMES.test(pasted),
  unwrap: (pasted) => {
    const text = pasted.trim();
    const directive = /^(?:error-)?log-format(?:-sd)?\s+(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(.*))$/s.exec(text);
    const format = directive?.[2] ?? (directive?.[1] ?? directive?.[3] ?? text).replace(/\\([\s"\\{}])/g, '$1');
    return ENCODED.test(format) ? jsonTextOf(format) : format;
  },
  pieces,
  jsonField: (piece) => piece.field,
  stamped: () => 'start',
  time: '%tr',
  request: '%r, or %HM and %HU',
};
