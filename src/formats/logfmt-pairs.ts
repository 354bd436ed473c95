/** A line of logfmt as an object, for those who look at the names in it. The scanner has its own way. */
const PAIR = /(?:^| +)([A-Za-z_@][\w.@/-]*)=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))(?= |$)/y;
/** Two words with an equals sign in them are not enough to tell a format. */
const FEWEST = 3;

export function logfmtRecord(line: string): Record<string, string> | undefined {
  const record: Record<string, string> = {};
  const text = line.trimEnd();
  let end = 0;
  PAIR.lastIndex = 0;
  for (let match = PAIR.exec(text); match !== null; match = PAIR.exec(text)) {
    record[match[1]!] = match[2] ?? match[3] ?? '';
    end = PAIR.lastIndex;
  }
  return end === text.length && Object.keys(record).length >= FEWEST ? record : undefined;
}
