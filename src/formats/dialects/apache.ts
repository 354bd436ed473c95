/** `LogFormat` of Apache httpd, the format of varnishncsa, and the pattern of Tomcat's AccessLogValve. */
import { TokenTaxError } from '../../errors.js';
import {
  type Dialect,
  field,
  headerMeaning,
  type Meaning,
  meaningIn,
  type Piece,
  requestHeaders,
  responseHeaders,
  tokens,
} from './dialect.js';

/** By letter, with its argument in braces; those that say most of a slot first. */
const directives: Readonly<Record<string, Meaning>> = {
  r: { field: field('request') },
  m: { field: field('method') },
  U: { field: field('target', 'decoded') },
  '>s': { field: field('status', 'number') },
  s: { field: field('status', 'number') },
  '<s': { field: field('status', 'number') },
  b: { field: field('bytes', 'number') },
  B: { field: field('bytes', 'number') },
  O: { field: field('bytes', 'number') },
  D: { field: field('duration', 'microseconds') },
  '{us}T': { field: field('duration', 'microseconds') },
  '{ms}T': { field: field('duration', 'milliseconds') },
  '{s}T': { field: field('duration', 'seconds'), words: ['integer'] },
  T: { field: field('duration', 'seconds'), words: ['integer'] },
  a: { field: field('client') },
  h: { field: field('client') },
  '{c}a': { field: field('client') },
  u: { field: field('identity') },
  v: { field: field('host') },
  V: { field: field('host') },
  '{SSL_CLIENT_S_DN}x': { field: field('mtlsSubject') },
  '{cache-status}e': { field: field('cache') },
  '{UNIQUE_ID}e': { field: field('requestId') },
  '{Varnish:time_firstbyte}x': { field: field('upstream', 'seconds') },
  '{Varnish:handling}x': { field: field('cache', 'cache-varnish') },
  '{Varnish:hitmiss}x': { field: field('cache', 'cache-varnish') },
  '{Varnish:vxid}x': { field: field('requestId') },
};

const DIRECTIVE = /%(?:!?\d{3}(?:,\d{3})*)?([<>]?)(?:\{([^}]*)\})?(\^(?:ti|to|FB)|[A-Za-z%])/g;

/** Parts of a second, which stand beside a time and are part of it. */
const FRACTIONS: ReadonlySet<string> = new Set(['msec_frac', 'usec_frac']);
const EPOCHS: ReadonlySet<string> = new Set(['sec', 'msec', 'usec', '%s']);
/** Texts within a time that is written by several directives. */
const BETWEEN = /^[.,:T +-]{0,2}$/;

const strftime = (text: string): string =>
  text.replaceAll('%T', '%H:%M:%S').replaceAll('%F', '%Y-%m-%d').replaceAll('%R', '%H:%M').replaceAll('%h', '%b');

/** True for a time that can be read, or the rest of one. */
const isReadableTime = (text: string): boolean =>
  EPOCHS.has(text) || /^(?:%d\/%b\/%Y:%H:%M:%S|%Y-%m-%d[T ]%H:%M:%S)/.test(strftime(text));

const timePiece = (written: string): Piece => ({ kind: 'directive', written, field: field('time', 'time-any') });

function pieceOf(sign: string, argument: string | undefined, letter: string, written: string): readonly Piece[] {
  if (letter === '%') return [{ kind: 'text', text: '%' }];
  if (letter === 't') {
    if (argument === undefined)
      return [
        { kind: 'text', text: '[' },
        { ...timePiece(written), field: field('time', 'time-clf') } as Piece,
        { kind: 'text', text: ']' },
      ];
    return [timePiece(written)];
  }
  if (letter === 'i') return [{ kind: 'directive', written, ...headerMeaning(requestHeaders, argument ?? '') }];
  if (letter === 'o') return [{ kind: 'directive', written, ...headerMeaning(responseHeaders, argument ?? '') }];
  // The query with its question mark, or nothing.
  if (letter === 'q') {
    const query: Piece = { kind: 'directive', written, field: field('query') };
    return [{ kind: 'optional', pieces: [{ kind: 'text', text: '?' }, query] }];
  }
  const plain = argument === undefined ? letter : `{${argument}}${letter}`;
  return [{ kind: 'directive', written, ...(meaningIn(directives, `${sign}${plain}`) ?? meaningIn(directives, plain) ?? {}) }];
}

const argumentOf = (piece: Piece | undefined): string | undefined =>
  piece?.kind === 'directive' ? /^%\{(?:begin:|end:)?([^}]*)\}t$/.exec(piece.written)?.[1] : undefined;

/** `%{%d/%b/%Y:%T}t.%{msec_frac}t %{%z}t` is one time, and `%U%q` one target. */
function joined(pieces: readonly Piece[]): Piece[] {
  const out: Piece[] = [];
  for (let at = 0; at < pieces.length; at += 1) {
    const piece = pieces[at]!;
    const argument = argumentOf(piece);
    if (argument !== undefined && piece.kind === 'directive') {
      let written = argument;
      for (;;) {
        const [next, behind] = [pieces[at + 1], pieces[at + 2]];
        const [touching, apart] = [argumentOf(next), argumentOf(behind)];
        if (touching !== undefined) {
          written += touching;
          at += 1;
        } else if (apart !== undefined && next?.kind === 'text' && BETWEEN.test(next.text)) {
          written += next.text + apart;
          at += 2;
        } else break;
      }
      if (!isReadableTime(written) && !FRACTIONS.has(written)) {
        throw new TokenTaxError('BAD_TEMPLATE', `cannot read times that are written as ${written}`, {
          help: 'Times can be read as %t, %{sec}t, %{msec}t, %{%d/%b/%Y:%H:%M:%S}t and %{%Y-%m-%dT%H:%M:%S%z}t.',
        });
      }
      out.push(FRACTIONS.has(written) ? { kind: 'directive', written: piece.written } : piece);
      continue;
    }
    const next = pieces[at + 1];
    if (piece.kind === 'directive' && piece.written.endsWith('U') && next?.kind === 'optional') {
      out.push(piece);
      at += 1;
      continue;
    }
    out.push(piece);
  }
  return out;
}

const withoutEscapes = (text: string): string =>
  text.replace(/\\(.)/g, (_, char: string) => (char === 't' ? '\t' : char === 'n' ? '' : char));

const pieces = (format: string): Piece[] =>
  joined(tokens(format, DIRECTIVE, ([written, sign = '', argument, letter = '']) => pieceOf(sign, argument, letter, written)));

export const apache: Dialect = {
  name: 'Apache',
  escapes: 'text',
  isOne: (pasted) => /%(?:!?\d{3}(?:,\d{3})*)?[<>]?(?:\{[^}]+\})?[A-Za-z^]/.test(pasted),
  unwrap: (pasted) => {
    const text = pasted.trim();
    const directive = /^(?:LogFormat|(?:Global|Custom)Log\s+(?:"[^"]*"|\S+))\s+"((?:[^"\\]|\\.)*)"/i.exec(text);
    return withoutEscapes(directive?.[1] ?? text);
  },
  pieces,
  jsonField: (piece) => (piece.field?.slot === 'time' ? field('time', 'time-any') : piece.field),
  stamped: (format) => (format.includes('%{end:') ? 'end' : 'start'),
  time: '%t',
  request: '%r, or %m and %U',
};

/** The same letters, but `%D` is ms up to version 10.0 and us from 10.1 on, and nothing says which it was. */
export const tomcat: Dialect = {
  ...apache,
  name: 'Tomcat',
  isOne: (pasted) => /&quot;|AccessLogValve|\bpattern\s*=/.test(pasted) && apache.isOne(pasted),
  unwrap: (pasted) => (/\bpattern\s*=\s*"([^"]*)"/.exec(pasted)?.[1] ?? pasted.trim()).replaceAll('&quot;', '"'),
  pieces: (format) =>
    pieces(format).map((piece) =>
      piece.kind === 'directive' && piece.written === '%D'
        ? { ...piece, field: field('duration', 'duration-unit'), rank: 999 }
        : piece,
    ),
  stamped: (format) => (/%\{begin:/.test(format) ? 'start' : 'unknown'),
};
