/** Caddy's console encoding: time, level, logger and message in front of the fields, which stand there as JSON. */
import type { RowReader } from './rows.js';

const LINE =
  /^(?<time>\d\S*(?: \d\d:\d\d:\d\d\S*)?)[\t ]+[A-Za-z]+[\t ]+(?<logger>http\.log\.access[\w.-]{0,64})[\t ]+[^{}]{0,64}?[\t ]*\{(?=\s*")/;
const EPOCH = /^\d+(?:\.\d+)?(?:[eE]\+?\d+)?$/;
const SLASHED = /^(\d{4})\/(\d\d)\/(\d\d) (\S+)$/;

/** One object, as the JSON encoding writes it. */
export const caddyConsoleRows = (): RowReader => ({
  read: ({ bytes, from, to }) => {
    // Nearly all lines of other logs are told by their first byte.
    const first = bytes[from]!;
    if (first < 48 || first > 57 || bytes[to - 1] !== 125) return undefined;
    const text = bytes.toString('utf8', from, to);
    const found = LINE.exec(text);
    if (found === null) return undefined;
    const { time = '', logger = '' } = found.groups!;
    const stamp = EPOCH.test(time) ? Number(time) : time.replace(SLASHED, '$1-$2-$3T$4').replace(' ', 'T');
    return `{"ts":${JSON.stringify(stamp)},"logger":${JSON.stringify(logger)},${text.slice(found[0].length)}`;
  },
});
