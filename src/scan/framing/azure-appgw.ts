/** Application gateways of both versions in one diagnostics file: records of v1 become records of v2, whose unit is another. */
import { isObject, parseObject } from './json-object.js';
import type { RowReader } from './rows.js';

const ACCESS = /"ApplicationGatewayAccess(?:Log)?"/;
const V1 = /"instanceId"\s*:\s*"ApplicationGatewayRole|[?&"]SERVER-ROUTED=/;
const V2 = /"(?:serverRouted|serverResponseLatency|transactionId)"\s*:/;

/** True where the head of a log has requests of both versions. */
export function hasBothGateways(head: Buffer): boolean {
  const records = head
    .toString('utf8')
    .split('\n')
    .filter((line) => ACCESS.test(line));
  return records.some((line) => V2.test(line)) && records.some((line) => V1.test(line) && !V2.test(line));
}

const BRACE = 123;
const MS = 1000;

export function appGatewayRows(): RowReader {
  return {
    read: (line) => {
      if (line.bytes[line.from] !== BRACE) return undefined;
      const text = line.bytes.toString('utf8', line.from, line.to);
      if (!ACCESS.test(text)) return undefined;
      const record = V1.test(text) && !V2.test(text) ? parseObject(line) : undefined;
      const properties = record?.properties;
      if (record === undefined || !isObject(properties)) return text;
      const { requestQuery, timeTaken, ...rest } = properties;
      const query = new URLSearchParams(typeof requestQuery === 'string' ? requestQuery : '');
      const taken = typeof timeTaken === 'string' && timeTaken.trim() !== '' ? Number(timeTaken) : timeTaken;
      return JSON.stringify({
        ...record,
        properties: {
          ...rest,
          ...(typeof taken === 'number' && Number.isFinite(taken) ? { timeTaken: taken / MS } : {}),
          serverRouted: query.get('SERVER-ROUTED') ?? '',
          serverStatus: query.get('SERVER-STATUS') ?? '',
          cacheHit: query.get('X-AzureApplicationGateway-CACHE-HIT') ?? '',
        },
      });
    },
  };
}
