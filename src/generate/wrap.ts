/** What collectors put around a line. */
const iso = (ms: number): string => new Date(ms).toISOString();
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const bsd = (ms: number): string => {
  const text = iso(ms);
  return `${MONTHS[Number(text.slice(5, 7)) - 1]} ${String(Number(text.slice(8, 10))).padStart(2)} ${text.slice(11, 19)}`;
};

export type Wrap = (line: string, atMs: number, writer: string) => string;

export const wraps: Readonly<Record<string, Wrap>> = {
  none: (line) => line,
  cri: (line, ms) => `${iso(ms).slice(0, -1)}000000Z stdout F ${line}`,
  docker: (line, ms) => JSON.stringify({ log: `${line}\n`, stream: 'stdout', time: iso(ms) }),
  'syslog-5424': (line, ms, writer) => `<190>1 ${iso(ms)} ${writer} gateway 7 - - ${line}`,
  'syslog-3164': (line, ms, writer) => `<134>${bsd(ms)} ${writer} gateway[7]: ${line}`,
  compose: (line, _ms, writer) => `${writer}  | ${line}`,
  pod: (line, _ms, writer) => `[pod/${writer}/proxy] ${line}`,
  journald: (line, ms) => JSON.stringify({ __REALTIME_TIMESTAMP: `${ms}000`, MESSAGE: line }),
  'fluent-bit': (line, ms, writer) => JSON.stringify({ '@timestamp': iso(ms), log: line, kubernetes: { pod_name: writer } }),
  vector: (line, ms, writer) => JSON.stringify({ timestamp: iso(ms), message: line, host: { name: writer } }),
  elastic: (line, ms) => JSON.stringify({ '@timestamp': iso(ms), event: { original: line } }),
};
