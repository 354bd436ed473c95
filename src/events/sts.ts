import { identifyHost } from './identify.js';
import awsSts from './providers/aws-sts.js';
import { decodeQueryText } from './query.js';
import type { Target } from './target.js';

export interface StsCall {
  readonly kind: 'token' | 'userinfo' | 'ambiguous' | 'api';
  readonly rule: string;
  /** Only AssumeRole lives an hour by default; GetSessionToken has another life. */
  readonly assumesRole: boolean;
}

const other: StsCall = { kind: 'api', rule: 'api', assumesRole: false };

const actionOf = (query: string): string | undefined => {
  const found = /(?:^\??|&)Action=([^&]*)/.exec(query);
  return found === null ? undefined : decodeQueryText(found[1]!);
};

const callOf = (action: string): StsCall => {
  if (action === 'GetCallerIdentity') return { kind: 'userinfo', rule: 'S5', assumesRole: false };
  const issues = /^(?:AssumeRo|Get(?:Session|Federation)Token$)/.test(action);
  return issues ? { kind: 'token', rule: 'H13', assumesRole: action.startsWith('AssumeRole') } : other;
};

/** H13: a call of AWS STS, which the host and the action tell; the path is always `/`. Undefined for any other host. */
export const stsCall = ({ method, host, segments, query }: Target): StsCall | undefined => {
  if (segments.length > 0 || identifyHost(host)?.id !== awsSts.id) return undefined;
  if (method !== 'POST' && method !== 'GET') return other;
  const action = actionOf(query);
  if (action !== undefined) return callOf(action);
  // the action is in the body
  return method === 'POST' ? { kind: 'ambiguous', rule: 'A2', assumesRole: false } : other;
};
