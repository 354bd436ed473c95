/** Logs that stand beside those of requests and are none: a run that is given one of them is told which it is. */
import { valueAt } from '../formats/json-fields.js';
import type { JsonObject } from './framing/json-object.js';

interface Stranger {
  readonly words: string;
  /** What its lines start with. */
  readonly line?: RegExp;
  readonly record?: (record: JsonObject) => boolean;
}

const has = (record: JsonObject, ...names: readonly string[]): boolean =>
  names.every((name) => valueAt(record, name) !== undefined);

const strangers: readonly Stranger[] = [
  {
    words: 'these are VPC flow logs: they count packets of connections and hold no requests',
    line: /^(?:version account-id interface-id |\d{1,2} (?:\d{12}|unknown) eni-[\da-f]+ )/,
  },
  {
    words: 'these are flow logs of AWS Global Accelerator: they count packets of connections and hold no requests',
    line: /^(?:version aws_account_id accelerator_id |\d{1,2}\.\d{1,2} \d{12} [\da-f-]{36} )/,
  },
  {
    words: 'these are S3 server access logs: requests for objects, of which none is answered by a gateway',
    line: /^[\da-f]{64} \S{1,255} \[\d\d\/[A-Z][a-z]{2}\/\d{4}:[^\]]{1,32}\] \S+ \S+ \S+ [A-Z\d]+\.[A-Z]/,
  },
  {
    words:
      'these are execution logs of API Gateway: steps of requests. Its access log, which is set on the stage, holds the requests',
    line: /^(?:\S{19,40} )?\([\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}\) \S/,
  },
  {
    words:
      'these look like rows of a CloudFront real-time log, which has no header and columns of its own. Name them as an nginx log_format with tabs between: $msec, $remote_addr, $status, $request_method, $uri',
    line: /^\d{10}\.\d{3}\t[\da-f.:]{2,39}\t/,
  },
  {
    words:
      'these are AWS WAF logs: they say what was let through, and neither status nor time. The log of what WAF stands before holds both',
    record: (record) => has(record, 'webaclId', 'httpRequest'),
  },
  {
    words: 'this is a digest of CloudTrail, which proves that its files are whole. The files beside it hold the events',
    record: (record) => has(record, 'digestStartTime', 'logFiles'),
  },
  {
    words: 'these are trace events of Cloudflare Workers. The Logpush dataset http_requests holds the requests',
    record: (record) => has(record, 'ScriptName', 'EventTimestampMs', 'Outcome'),
  },
  {
    words: 'these are firewall events of Cloudflare. The Logpush dataset http_requests holds the requests',
    record: (record) => has(record, 'RayID', 'Action', 'RuleID', 'Source'),
  },
  {
    words: 'these are audit logs of Google Cloud: calls of its own services, and no requests of a gateway',
    record: (record) => valueAt(record, 'protoPayload.@type') === 'type.googleapis.com/google.cloud.audit.AuditLog',
  },
  {
    words: 'these are firewall logs of Application Gateway. Its category ApplicationGatewayAccessLog holds the requests',
    record: (record) => record.category === 'ApplicationGatewayFirewallLog',
  },
  {
    words:
      'these are traces as Jaeger exports them. The same spans as OTLP JSON are read: a collector with the receiver jaeger and the exporter file writes them',
    record: (record) => Array.isArray(record.data) && record.data.some((one) => has(one as JsonObject, 'traceID', 'spans')),
  },
  {
    words:
      'these are spans as Zipkin writes them. The same spans as OTLP JSON are read: a collector with the receiver zipkin and the exporter file writes them',
    record: (record) => has(record, 'traceId', 'localEndpoint', 'id') && !has(record, 'path'),
  },
  {
    words: 'these are measurements of k6, several of each request. The log of what it asked holds the requests',
    record: (record) => record.type === 'Point' && has(record, 'metric', 'data'),
  },
  {
    words: 'these are security events of Akamai (SIEM): DataStream 2 holds the requests',
    record: (record) => has(record, 'attackData', 'httpMessage'),
  },
  {
    words:
      'this is the answer of a search in Elasticsearch. Export its hits as JSON lines, one `_source` or hit in each, as elasticdump does',
    record: (record) => has(record, 'took', 'hits.hits'),
  },
  {
    words:
      'these are messages of the host of ASP.NET Core, which have no time in them. Its W3C log (AddW3CLogging), or Serilog in JSON, holds the requests',
    line: /^(?:[a-z]{4}: Microsoft\.AspNetCore\.|\s{6}Request (?:starting|finished) HTTP\/)/,
  },
  {
    words:
      'these are messages of Rails, which spread a request over several lines. lograge writes one line for each, which is read',
    line: /^(?:[DIWEFA], \[[^\]]{1,64}\] +[A-Z]+ -- [^:]{0,128}: )?(?:\[[^\]]{1,128}\] )*(?:Started [A-Z]{3,7} "|Processing by \S+#\S+ as |Completed \d{3} )/,
  },
  {
    words:
      "this is Apache's log of TLS (ssl_request_log), whose lines have no status. The log beside it, of CustomLog with the format combined, holds the same requests",
    line: /^\[\d\d\/[A-Z][a-z]{2}\/[^\]]{1,32}\] \S{1,64} (?:TLS|SSL)v\S{1,8} \S{1,64} "/,
  },
  {
    words: 'these are messages of an Ory server as text, in which fields are not told apart. LOG_FORMAT=json writes what is read',
    line: /^time=\S{1,40} level=\w{1,8} msg=[^=]{1,200} (?:\w{1,32}=\S{1,64} )*http_request=map\[/,
  },
];

/** What at least half of the first lines are, when they are of a log that holds no requests. */
export function strangerIn(lines: readonly string[], records: readonly JsonObject[]): string | undefined {
  const most = (items: number, all: number): boolean => all > 0 && items * 2 >= all;
  return strangers.find(({ line, record }) =>
    line !== undefined
      ? most(lines.filter((text) => line.test(text)).length, lines.length)
      : most(records.filter((one) => record?.(one) === true).length, records.length),
  )?.words;
}
