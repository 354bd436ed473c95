/** Reads an nginx `log_format` string, as pasted from a configuration, into text and variables. */
import { TokenTaxError } from '../errors.js';

export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'variable'; readonly name: string };

/** The escapes of nginx's configuration that stand for another character than themselves. */
const CONTROLS: Readonly<Record<string, string>> = { t: '\t', r: '\r', n: '\n' };

const QUOTED = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/y;

/**
 * Takes the string out of a pasted directive: `log_format main escape=json '...' '...';`. A string that is not a directive is
 * returned as it is, but for its tabs.
 */
export function unwrapDirective(pasted: string): string {
  const text = pasted.trim();
  const head = /^log_format\s+[^\s'"]+\s*(?:escape=\w+\s*)?/.exec(text);
  if (head === null) return pasted.replace(/^(?:\r?\n)+|(?:\r?\n)+$/g, '').replaceAll('\\t', '\t');
  let at = head[0].length;
  let out = '';
  for (;;) {
    while (at < text.length && /\s/.test(text[at]!)) at += 1;
    if (at >= text.length || text[at] === ';') return out;
    QUOTED.lastIndex = at;
    const match = QUOTED.exec(text);
    if (match === null) {
      throw new TokenTaxError('BAD_TEMPLATE', 'cannot read the pasted log_format directive', {
        place: { file: '--log-format', text, column: at, expected: 'expected a quoted string or ;' },
      });
    }
    out += (match[1] ?? match[2] ?? '').replace(/\\(['"\\$trn])/g, (_, char: string) => CONTROLS[char] ?? char);
    at = QUOTED.lastIndex;
  }
}

/** `$name` and `${name}` are variables, everything else is text. Throws BAD_TEMPLATE where two variables touch. */
export function parseTemplate(template: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  const variable = /\$(?:\{(\w+)\}|(\w+))/g;
  let from = 0;
  for (let match = variable.exec(template); match !== null; match = variable.exec(template)) {
    if (match.index > from) parts.push({ kind: 'text', text: template.slice(from, match.index) });
    else if (parts.at(-1)?.kind === 'variable') {
      throw new TokenTaxError('BAD_TEMPLATE', `two variables touch in the log format, so no reader can tell where one ends`, {
        place: { file: '--log-format', text: template, column: match.index, expected: 'expected text between the variables' },
      });
    }
    parts.push({ kind: 'variable', name: match[1] ?? match[2] ?? '' });
    from = match.index + match[0].length;
  }
  if (from < template.length) parts.push({ kind: 'text', text: template.slice(from) });
  if (!parts.some((part) => part.kind === 'variable')) {
    throw new TokenTaxError('BAD_TEMPLATE', 'the log format has no $variables');
  }
  return parts;
}

/** True for a template that writes one JSON object a line. */
export const isJsonTemplate = (template: string): boolean => /^\s*\{\s*"/.test(template) && /\}\s*$/.test(template);

/** Keys of a JSON template and the variable each holds: `{"t":"$msec","s":$status}` gives t: msec, s: status. Nested keys are dotted. */
export function jsonTemplateKeys(template: string): Map<string, string> {
  // A bare variable is no JSON: quote it, then let the JSON reader do the rest.
  const quoted = template.replace(/([:[,]\s*)(\$(?:\{\w+\}|\w+))(?=\s*[,}\]])/g, '$1"$2"');
  let value: unknown;
  try {
    value = JSON.parse(quoted);
  } catch (cause) {
    throw new TokenTaxError('BAD_TEMPLATE', 'the pasted JSON log format is not valid JSON once its variables are filled in', {
      cause,
      why: cause instanceof Error ? cause.message : String(cause),
    });
  }
  const keys = new Map<string, string>();
  const walk = (node: unknown, prefix: string): void => {
    if (typeof node === 'string') {
      const only = /^\$(?:\{(\w+)\}|(\w+))$/.exec(node);
      if (only !== null) keys.set(prefix, only[1] ?? only[2] ?? '');
    } else if (node !== null && typeof node === 'object' && !Array.isArray(node)) {
      for (const [key, inner] of Object.entries(node)) walk(inner, prefix === '' ? key : `${prefix}.${key}`);
    }
  };
  walk(value, '');
  return keys;
}
