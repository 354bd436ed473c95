/** Rows of CloudFront's standard log (v2) as JSON: its columns as keys. They become records of the format `cloudfront`. */
import { isoOfMs, type JsonObject, parseObject } from './json-object.js';
import { type RowReader, w3cRecord } from './rows.js';
import type { Row } from './w3c.js';

const EDGE = '"x-edge-';
const BRACE = 123;
const MS = 1000;

/** As a W3C log has it: columns in small letters, and none where nothing is to say. */
function rowOf(record: JsonObject): Row {
  const row: Row = {};
  for (const [name, value] of Object.entries(record)) {
    const text = typeof value === 'number' ? String(value) : value;
    if (typeof text === 'string' && text !== '-' && text !== '') row[name.toLowerCase()] = text;
  }
  return row;
}

/** Date and time are of UTC; a log may have the time as one number instead. */
function timeOf(row: Row): string | undefined {
  if (row.date !== undefined && row.time !== undefined) return `${row.date}T${row.time}Z`;
  return isoOfMs(Number(row['timestamp(ms)'] ?? Number(row.timestamp ?? 'none') * MS));
}

export function cloudFrontRows(): RowReader {
  return {
    read: (line) => {
      const { bytes, from, to } = line;
      const isEdge = bytes[from] === BRACE && bytes.subarray(from, to).includes(EDGE);
      const record = isEdge ? parseObject(line) : undefined;
      const row = record === undefined ? undefined : rowOf(record);
      if (row === undefined || (row['cs-method'] ?? row['cs-uri-stem']) === undefined) return undefined;
      const taken = row['time-taken'];
      return w3cRecord(row, 'cloudfront', { time: timeOf(row), taken: taken === undefined ? undefined : `${taken}s` });
    },
  };
}
