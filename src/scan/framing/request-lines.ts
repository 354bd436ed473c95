/**
 * Request lines of servers whose text has few words and no variants, as JSON with usual names: they need no format of their own, whose
 * detection every run would pay.
 */
import type { RowReader } from './rows.js';

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';
const ADDRESS = String.raw`(?:\[?[\da-fA-F]{0,4}[.:][\da-fA-F.:]{1,45}\]?(?::\d{1,5})?|[\w.-]{1,253}:\d{1,5})`;
const ISO = String.raw`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?`;
const SLASHED = String.raw`\d{4}/\d\d/\d\d \d\d:\d\d:\d\d`;
const CLF = String.raw`\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}`;
/** What is put in front by the logging of a language, as \`INFO:aiohttp.access:\` or a time. */
const FRONT = String.raw`(?:[^"\[]{1,120}?[\s:|-])??`;
const LINE = String.raw`[A-Z]{3,10} [^"]{1,8192} HTTP/\d(?:\.\d)?`;

const isoOf = (time: string): string => {
  const slashed = /^(\d{4})\/(\d\d)\/(\d\d) (\S+)$/.exec(time);
  if (slashed !== null) return `${slashed[1]}-${slashed[2]}-${slashed[3]}T${slashed[4]}`;
  const named = /^(\d\d)\/([A-Z][a-z]{2})\/(\d{4}) (\S+)$/.exec(time);
  if (named === null) return time.replace(',', '.').replace(/^(\S+) (\d)/, '$1T$2');
  const month = MONTHS.indexOf(named[2]!);
  return `${named[3]}-${String(month / 3 + 1).padStart(2, '0')}-${named[1]}T${named[4]}`;
};

/** Names of groups are those of JSON logs; `none` is no request. */
const SHAPES: readonly RegExp[] = [
  // oauth2-proxy; the request id since its version 7.2. Its time is that of the start.
  new RegExp(
    String.raw`^(?<client_ip>[^ "]{1,64}) - (?:(?<request_id>[\w.-]{1,128}) - )?(?<username>[^ "]{1,256}) \[(?<start_time>${SLASHED}|${CLF})\] (?<host>[^ "]{1,255}) (?<method>[A-Z]{3,10}) (?:-|"?(?<upstream>[^ "]{1,255})"?) "(?<url>[^"]{1,8192})" HTTP/\d(?:\.\d)? "(?<user_agent>(?:[^"\\]|\\.)*)" (?<status>\d{3}) (?<bytes>\d{1,15}) (?<duration_seconds>\d{1,9}\.\d{1,9})$`,
  ),
  new RegExp(
    String.raw`^(?:[^ "]{1,64} - (?:[\w.-]{1,128} - )?[^ "]{1,256} )?\[(?<none>${SLASHED})\] \[[\w.]{1,64}(?::\d{1,6})?\] `,
  ),
  // The common pattern of WSO2 and of Undertow: the request stands without quotes, and nobody knows where the referer ends but at a space.
  new RegExp(
    String.raw`^(?<client_ip>[^ "]{1,64}) [^ "]{1,64} (?<username>[^ "]{1,256}) \[(?<time>${CLF})\] (?<request>${LINE}) (?<status>\d{3}) (?<bytes>\d{1,15}|-) [^ "]{1,2048} (?<user_agent>[^"]{1,1024}) (?<duration_seconds>\d{1,9}\.\d{1,9})$`,
  ),
  // chi.
  new RegExp(
    String.raw`^(?<time>${SLASHED}) (?:\[(?<request_id>[^\]" ]{1,256})\] )?"(?<request>${LINE})" from (?<client_ip>${ADDRESS}) - (?<status>\d{3}) (?<bytes>\d{1,15})B in (?<latency>[\d.]{1,20}[a-zµ]{1,2})$`,
  ),
  // Linkerd, its apache format.
  new RegExp(
    String.raw`^(?<client_ip>${ADDRESS}) - (?<client_id>[^ "]{1,256}) \[(?<time>${ISO})\] "(?<request>${LINE})" (?<status>\d{3}) (?<bytes>\d{1,15})$`,
  ),
  // uvicorn, where a time was put in front.
  new RegExp(
    String.raw`^(?:[A-Z]{4,8}:? {1,8})?\[?(?<time>${ISO})\]?(?: [^"]{0,120}?)?[ \]] {0,8}(?<client_ip>${ADDRESS}) - "(?<request>${LINE})" (?<status>\d{3})(?: [A-Za-z' -]{1,40})?$`,
  ),
  // Python's http.server, Werkzeug and Django's runserver; the bytes of Werkzeug are always a dash.
  new RegExp(
    String.raw`^${FRONT}(?:(?<client_ip>${ADDRESS}) - - )?\[(?<time>\d\d/[A-Z][a-z]{2}/\d{4} \d\d:\d\d:\d\d)\] "(?<request>${LINE})" (?<status>\d{3}) (?<bytes>\d{1,15}|-)$`,
  ),
  // aiohttp.
  new RegExp(
    String.raw`^${FRONT}(?<client_ip>${ADDRESS}) \[(?<time>${CLF})\] "(?<request>${LINE})" (?<status>\d{3}) (?<bytes>\d{1,15}) "[^"]{0,2048}" "(?<user_agent>[^"]{0,1024})"$`,
  ),
];
const MOST_BYTES = 16 * 1024;

export function requestLines(): RowReader {
  let last = 0;
  return {
    read: ({ bytes, from, to }) => {
      if (to - from > MOST_BYTES || bytes[from] === 123) return undefined;
      const text = bytes.toString('utf8', from, to);
      // Nearly all lines have the shape of the line before.
      for (let k = 0; k < SHAPES.length; k += 1) {
        const at = (last + k) % SHAPES.length;
        const groups = SHAPES[at]!.exec(text)?.groups;
        if (groups === undefined) continue;
        last = at;
        if (groups.none !== undefined) return JSON.stringify({ start_time: isoOf(groups.none) });
        const row = Object.entries(groups)
          .filter(([, value]) => value !== undefined && value !== '-')
          .map(([name, value]) => [name, name.endsWith('time') && !/^\d\d\/\S+:/.test(value) ? isoOf(value) : value]);
        return JSON.stringify(Object.fromEntries(row));
      }
      return undefined;
    },
  };
}
