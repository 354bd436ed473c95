/** `--rejects`: the lines that could not be read, on standard error or in a file, without secrets. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { TokenTaxError } from '../errors.js';
import { shown } from '../report/cells.js';
import { count, plural } from '../report/words.js';
import { MOST_REJECTED, type RejectedLine } from '../scan/rejected.js';
import { type Io, print } from './io.js';
import { checkOutput, writeOutput } from './outputs.js';

const HEADING = '# lines that could not be read: FILE:LINE:BYTE, why, and the part where reading stopped\n';
/** On a terminal nobody reads more. */
const MOST_SHOWN = 200;

export interface RejectLog {
  readonly onRejected: (line: RejectedLine) => void;
  /** To be called once all is read. */
  readonly finish: () => Promise<void>;
}

const lineText = ({ file, line, byte, reason, text }: RejectedLine): string =>
  `${shown(file)}:${line}:${byte}  ${reason}  ${shown(text)}`.trimEnd();

/** `--rejects gw.log` may have taken an input for its file: what it has not written itself is not overwritten. */
function refuseToOverwrite(name: string, path: string): void {
  let head: string;
  try {
    if (!existsSync(path)) return;
    head = readFileSync(path, { encoding: 'utf8' }).slice(0, HEADING.length);
  } catch {
    // A pipe, a folder: said when it is written to.
    return;
  }
  if (head === HEADING || head === '') return;
  throw new TokenTaxError('USAGE', `--rejects would overwrite ${name}, which it has not written`, {
    help: 'Put --rejects behind the inputs, or name a new file.',
  });
}

/** undefined where they were not asked for. `true`: to standard error. */
export async function startRejects(io: Io, wanted: string | boolean | undefined): Promise<RejectLog | undefined> {
  if (wanted === undefined || wanted === false) return undefined;
  const file = typeof wanted === 'string' ? { name: wanted, path: resolve(io.cwd, wanted) } : undefined;
  if (file !== undefined) {
    refuseToOverwrite(file.name, file.path);
    await checkOutput(file);
  }
  const most = file === undefined ? MOST_SHOWN : MOST_REJECTED;
  const lines: string[] = [];
  let all = 0;
  return {
    onRejected: (line) => {
      all += 1;
      if (lines.length < most) lines.push(lineText(line));
    },
    finish: async () => {
      const left = all - lines.length;
      const rest = left === 0 ? '' : `# and ${plural(left, 'line')} more\n`;
      const body = lines.map((line) => `${line}\n`).join('');
      if (file !== undefined) await writeOutput(file, HEADING + body + rest);
      else await print(io.stderr, all === 0 ? 'every line could be read\n' : `${HEADING}${body}${rest}`);
      if (file !== undefined && all > 0) await print(io.stderr, `${count(all)} rejected: ${shown(file.name)}\n`);
    },
  };
}
