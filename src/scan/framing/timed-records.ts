/** Records whose time stands in front of them, as what wrote the line left it: it becomes the first field of the record. */
import type { RowReader } from './rows.js';

const TIME = String.raw`(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)`;
/** `time TAB tag TAB {record}` of Fluentd's out_file, which has taken the time out of the record. */
const FLUENTD = new RegExp(String.raw`^${TIME}\t[^\t]{1,256}\t\{(?="|\})`);
/** `time heroku[router]: at=info method=...` */
const ROUTER = new RegExp(String.raw`^${TIME} heroku\[router\]: (?=\w+=)`);
/** What else Heroku prints with it. */
const HEROKU = new RegExp(String.raw`^${TIME} (?:heroku|app)\[[\w.-]{1,64}\]: `);
/** `I, [2026-03-02T10:15:30.123456 #7]  INFO -- : [id] method=POST ...` of the logger of Ruby. */
const RUBY = new RegExp(String.raw`^[DIWEFA], \[${TIME} #\d{1,10}\] +[A-Z]{3,7} -- [^:]{0,128}: (?:\[[^\]]{0,256}\] )*`);
/** lograge writes the message of an exception as it is, between quotes that logfmt does not have. */
const RAISED = / error='.*'(?= \w+=)/;
const FRONT_BYTES = 1024;
const LOGFMT = /^\w+=/;
const OWN = /^(?:\{|[\da-fA-F]{1,4}[.:])/;

/** Lines of these that hold no record stay lines of the log, so that they count as no request. */
export function timedRecords(): RowReader {
  return {
    read: ({ bytes, from, to }) => {
      const first = bytes[from]!;
      // A digit, or one of the capitals of Ruby's levels before a comma.
      if (!(first >= 48 && first <= 57) && bytes[from + 1] !== 44) return undefined;
      const head = bytes.toString('latin1', from, Math.min(to, from + FRONT_BYTES));
      const rest = (taken: string): string => bytes.toString('utf8', from + taken.length, to);
      const fluentd = FLUENTD.exec(head);
      if (fluentd !== null) {
        const record = rest(fluentd[0]);
        return `{"time":"${fluentd[1]}"${record.startsWith('"') ? ',' : ''}${record}`;
      }
      const ruby = RUBY.exec(head);
      const found = ruby ?? ROUTER.exec(head) ?? HEROKU.exec(head);
      if (found === null) return undefined;
      const record = rest(found[0]);
      if (LOGFMT.test(record)) return `time=${found[1]} ${record.replace(RAISED, '')}`;
      if (OWN.test(record)) return record;
      // Without lograge, Rails spreads a request over lines that only its words join.
      return ruby === null ? `time=${found[1]} level=info` : undefined;
    },
  };
}
