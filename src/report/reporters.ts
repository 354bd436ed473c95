/** Every way to write a result down. Each is loaded when it is asked for. */
import type { Analysis } from '../analysis/result.js';

/** `text` is for terminals: it needs to know theirs, and is made by its own room. */
const reporters = {
  json: async () => (await import('./json.js')).json,
  ndjson: async () => (await import('./ndjson.js')).ndjson,
  csv: async () => (await import('./csv.js')).csv,
  md: async () => (await import('./markdown.js')).markdown,
  html: async () => (await import('./html.js')).html,
  sarif: async () => (await import('./sarif.js')).sarif,
  junit: async () => (await import('./junit.js')).junit,
  github: async () => (await import('./github.js')).github,
  gitlab: async () => (await import('./gitlab.js')).gitlab,
  openmetrics: async () => (await import('./openmetrics.js')).openmetrics,
} as const satisfies Readonly<Record<string, () => Promise<(analysis: Analysis) => string>>>;

export type ReportFormat = keyof typeof reporters;
export const reportFormats = Object.keys(reporters) as readonly ReportFormat[];

/** The text of a result in this format: the same bytes for the same result. */
export const report = async (analysis: Analysis, format: ReportFormat): Promise<string> => (await reporters[format]())(analysis);
