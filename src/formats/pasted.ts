/** Format strings as users paste them out of their configuration, in the dialect of whatever writes the log. */
import { TokenTaxError } from '../errors.js';
import { compile, compileJson, compileTemplate } from './compile.js';
import { compileParts } from './compile-patterns.js';
import type { Field, Format } from './define.js';
import { apache, tomcat } from './dialects/apache.js';
import { aws } from './dialects/aws.js';
import { type Dialect, jsonFieldsOf, partsOf } from './dialects/dialect.js';
import { envoy } from './dialects/envoy.js';
import { haproxy } from './dialects/haproxy.js';
import { expand } from './pattern.js';
import type { Program } from './program.js';
import { isJsonTemplate, unwrapDirective } from './template.js';

export interface Pasted {
  readonly program: Program;
  readonly stamped: Format['stamped'];
}

/** Most specific first: what Apache writes is in parts what the others write. */
const dialects: readonly Dialect[] = [aws, haproxy, envoy, tomcat, apache];

const isNginx = (pasted: string): boolean => /\$\{?[a-z]/.test(pasted) && !aws.isOne(pasted);

/** undefined for a text that is in no dialect. Throws BAD_TEMPLATE for one that no reader could read back. */
export function compilePasted(pasted: string): Pasted | undefined {
  if (isNginx(pasted)) {
    const template = unwrapDirective(pasted);
    const program = isJsonTemplate(template) ? compile({ kind: 'template', template }) : compileTemplate(template);
    requireFields(program, '$msec, $time_local or $time_iso8601', '$request, or $request_method and $request_uri');
    return { program, stamped: 'end' };
  }
  const dialect = dialects.find(({ isOne }) => isOne(pasted));
  if (dialect === undefined) return undefined;
  const format = dialect.unwrap(pasted);
  const program = isJsonTemplate(format)
    ? compileJson(jsonFieldsOf(format, dialect))
    : compileParts(expand(partsOf(dialect.pieces(format))), { escapes: dialect.escapes });
  requireFields(program, dialect.time, dialect.request);
  return { program, stamped: dialect.stamped(format) };
}

function requireFields({ fields }: Program, time: string, request: string): void {
  const has = (...slots: readonly Field['slot'][]): boolean => fields.some(({ slot }) => slots.includes(slot));
  const missing = has('time') ? (has('request', 'target', 'path') ? undefined : 'request') : 'time';
  if (missing === undefined) return;
  throw new TokenTaxError('BAD_TEMPLATE', `the pasted log format has no ${missing}`, {
    help: `It needs ${missing === 'time' ? time : request}.`,
  });
}
