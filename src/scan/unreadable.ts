/** What keeps every format from reading lines, where that can be said better than by the place where the nearest one stopped. */
export interface Unreadable {
  readonly why: string;
  readonly help: string;
}

const REQUEST = /\b(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) \//;
const CLOCK_OR_EPOCH = /\d\d:\d\d|\b\d{10}/;
const COLUMN = /^[A-Za-z_@][\w@. -]{0,63}$/;

/** Of the first lines of a log: that its requests have no time, or that it is a table of an export. */
export function whyUnreadable(lines: readonly string[]): Unreadable | undefined {
  const requests = lines.filter((line) => REQUEST.test(line));
  if (requests.length > 0 && !requests.some((line) => CLOCK_OR_EPOCH.test(line)))
    return {
      why: 'its lines hold requests, but no time',
      help: 'Have the time of each request logged, or take the lines with the time that a collector adds: docker logs -t, kubectl logs --timestamps, journalctl -o short-iso.',
    };
  const columns = (lines[0] ?? '').split(',').map((name) => name.trim().replace(/^"(.*)"$/, '$1'));
  if (columns.length > 1 && columns.every((name) => COLUMN.test(name)))
    return {
      why: 'it is a table in CSV, with the names of its columns in the first line',
      help: 'Export it as JSON lines, or as the lines themselves (_raw in Splunk, message elsewhere).',
    };
  return undefined;
}
