/** Reads one line with the real scanner and writes down what it found in the words of the samples (`Expected`). */
import { compiled, compileJson } from '../../src/formats/compile.js';
import type { Expected, Format } from '../../src/formats/define.js';
import { jsonFields } from '../../src/formats/json-fields.js';
import { logfmtRecord } from '../../src/formats/logfmt-pairs.js';
import type { Program } from '../../src/formats/program.js';
import { type LogRecord, RecordReader, withoutHoles } from '../../src/scan/record.js';

/** The program for a line of this format. The map of `json` is made from the keys that the line has. */
const programOf = (format: Format, line: string): { program: Program; stamped: Format['stamped'] } => {
  if (format.id === 'logfmt' && format.layout.kind === 'json') {
    const { fields, stamped } = jsonFields([logfmtRecord(line) ?? {}], []);
    return { program: compileJson(fields, format.layout), stamped };
  }
  if (format.id !== 'json') return { program: compiled(format.layout), stamped: format.stamped };
  let record: Record<string, unknown>;
  try {
    record = JSON.parse(line);
  } catch {
    record = {};
  }
  const { fields, stamped } = jsonFields([record], []);
  return { program: compileJson(fields), stamped };
};

/** What the columns and the captured spans say. A key is absent where the record says nothing. */
export const read = (format: Format, line: string): Expected => {
  const bytes = new TextEncoder().encode(line);
  let found: LogRecord = { skip: 'invalid' };
  new RecordReader(programOf(format, line)).line(bytes, 0, bytes.length, 0, (record) => {
    found = withoutHoles(record);
  });
  const { line: _line, tokenId, ...expected } = found;
  return expected;
};
