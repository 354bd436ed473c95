/**
 * Mistakes in an OpenMetrics text, by the grammar and the rules of the specification (OpenMetrics 1.0.0, "ABNF" and "Data Model"). Of the
 * types only those that reports use: gauge and info.
 */

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const ESCAPED = '(?:[^"\\\\\\n]|\\\\["\\\\n])*';
const LABEL = `[a-zA-Z_][a-zA-Z0-9_]*="${ESCAPED}"`;
const NUMBER = '[+-]?(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?[iI]nf(?:inity)?|[nN]a[nN]';
const SAMPLE = new RegExp(`^(${NAME})(?:\\{((?:${LABEL}(?:,${LABEL})*)?)\\})? (${NUMBER})$`);
const META = new RegExp(`^# (?:(TYPE) (${NAME}) (gauge|info)|(UNIT) (${NAME}) ([a-zA-Z0-9_:]*)|(HELP) (${NAME}) (.*))$`);

export const openMetricsMistakes = (text: string): string[] => {
  const mistakes: string[] = [];
  if (!text.endsWith('# EOF\n')) mistakes.push('does not end with # EOF');
  const lines = text
    .replace(/# EOF\n$/, '')
    .split('\n')
    .slice(0, -1);
  const families = new Set<string>();
  const series = new Set<string>();
  let family = '';
  let type = '';
  let said = new Set<string>();
  let hasSamples = false;
  for (const [index, line] of lines.entries()) {
    const wrong = (what: string): unknown => mistakes.push(`line ${index + 1}: ${what}`);
    if (line === '') {
      wrong('empty');
      continue;
    }
    if (line.startsWith('#')) {
      const meta = META.exec(line);
      if (meta === null) {
        wrong(`no metadata: ${line}`);
        continue;
      }
      const kind = meta[1] ?? meta[4] ?? meta[7] ?? '';
      const name = meta[2] ?? meta[5] ?? meta[8] ?? '';
      if (name !== family) {
        if (families.has(name)) wrong(`the family ${name} comes again`);
        families.add(name);
        family = name;
        type = '';
        said = new Set();
        hasSamples = false;
      }
      if (hasSamples) wrong('about a family that has samples');
      if (said.has(kind)) wrong(`${kind} comes again`);
      said.add(kind);
      if (kind === 'TYPE') type = meta[3]!;
      if (kind === 'UNIT' && meta[6] !== '' && !name.endsWith(`_${meta[6]}`)) wrong(`the name does not end in _${meta[6]}`);
      if (kind === 'HELP' && /\\(?![\\n"])/.test(meta[9]!.replaceAll('\\\\', ''))) wrong('a backslash that escapes nothing');
      continue;
    }
    const sample = SAMPLE.exec(line);
    if (sample === null) {
      wrong(`no sample: ${line}`);
      continue;
    }
    hasSamples = true;
    const [, name, labels = '', value] = sample;
    if (name !== (type === 'info' ? `${family}_info` : family)) wrong(`not of the family ${family}`);
    if (type === 'info' && value !== '1') wrong('information is 1');
    const pairs = labels.match(new RegExp(LABEL, 'g')) ?? [];
    if (new Set(pairs.map((pair) => pair.slice(0, pair.indexOf('=')))).size < pairs.length) wrong('a label comes again');
    const id = `${name}{${[...pairs].sort().join(',')}}`;
    if (series.has(id)) wrong('the series comes again');
    series.add(id);
  }
  return mistakes;
};
