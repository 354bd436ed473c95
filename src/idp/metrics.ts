import type { LoopbackCounts } from './options.js';

const outcomes = ['hits', 'misses', 'collapsed', 'bypassed', 'negative', 'stale', 'refused'] as const;

/** OpenMetrics 1.0. */
export const metricsText = (counts: LoopbackCounts): string =>
  [
    '# TYPE token_tax_loopback_requests counter',
    ...outcomes.map((name) => `token_tax_loopback_requests_total{outcome="${name}"} ${counts[name]}`),
    '# TYPE token_tax_loopback_upstream counter',
    `token_tax_loopback_upstream_total ${counts.upstream}`,
    '# TYPE token_tax_loopback_upstream_failed counter',
    `token_tax_loopback_upstream_failed_total ${counts.upstreamFailed}`,
    '# TYPE token_tax_loopback_refreshes counter',
    `token_tax_loopback_refreshes_total ${counts.refreshes}`,
    '# TYPE token_tax_loopback_entries gauge',
    `token_tax_loopback_entries ${counts.entries}`,
    '# EOF',
    '',
  ].join('\n');
