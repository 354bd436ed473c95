/** Logs of issuers that hold events of grants and not requests: what is no event to them is not in them. */
import type { Slot } from '../formats/define.js';
import type { Printer } from './print.js';
import { idWriter, type LineRecord } from './values.js';

type Kind = 'service' | 'code' | 'device' | 'introspection';

/** What an issuer would call it; undefined: such a request leaves no event anywhere. */
const kindOf = ({ path, grantType }: LineRecord): Kind | undefined => {
  if (grantType === 'client_credentials') return 'service';
  if (grantType === 'authorization_code') return 'code';
  if (grantType?.endsWith('device_code') === true) return 'device';
  return path.endsWith('/introspect') ? 'introspection' : undefined;
};

const endMs = ({ startMs, durationMs }: LineRecord): number => startMs + durationMs;
const iso = (record: LineRecord): string => new Date(endMs(record)).toISOString();
/** A key without a value is left out. */
const some = (text: string | undefined): string | undefined => (text === '' ? undefined : text);
const uuid = idWriter('1b2c3d4e-1b2c-4d3e-8f4a-1b2c3d4e5f60');

const keycloakTypes: Readonly<Record<Kind, string>> = {
  service: 'CLIENT_LOGIN',
  code: 'CODE_TO_TOKEN',
  device: 'OAUTH2_DEVICE_CODE_TO_TOKEN',
  introspection: 'INTROSPECT_TOKEN',
};

const keycloakError = (status: number, kind: Kind): string => {
  if (status === 401) return 'invalid_client_credentials';
  return status >= 500 ? 'server_error' : kind === 'device' ? 'authorization_pending' : 'invalid_request';
};

const keycloak = (record: LineRecord): string | undefined => {
  const kind = kindOf(record);
  if (kind === undefined) return undefined;
  const ok = record.status < 300;
  const pairs = {
    type: `${keycloakTypes[kind]}${ok ? '' : '_ERROR'}`,
    realmId: '5c0f6f7e',
    realmName: 'shop',
    clientId: record.clientId,
    ipAddress: record.address,
    error: ok ? '' : keycloakError(record.status, kind),
    grant_type: kind === 'introspection' ? '' : (record.grantType ?? ''),
    scope: record.scope ?? '',
    audience: record.audience ?? '',
  };
  const text = Object.entries(pairs).flatMap(([key, value]) => (value === '' ? [] : [`${key}="${value}"`]));
  const stamp = iso(record).slice(0, 23).replace('T', ' ').replace('.', ',');
  return `${stamp} ${ok ? 'DEBUG' : 'WARN '} [org.keycloak.events] (executor-thread-1) ${text.join(', ')}`;
};

const auth0Types: Readonly<Partial<Record<Kind, string>>> = { service: 'eccft', code: 'eacft', device: 'ede' };

const auth0 = (record: LineRecord): string | undefined => {
  const type = auth0Types[kindOf(record) ?? 'introspection'];
  if (type === undefined) return undefined;
  const ok = record.status < 300;
  const digits = record.requestId.replace(/[a-f]/g, (hex) => String(hex.charCodeAt(0) % 10));
  const id = some(digits) && `900${iso(record).replace(/\D/g, '')}${digits.slice(0, 21)}`;
  return JSON.stringify({
    log_id: id ?? `900${iso(record).replace(/\D/g, '')}`,
    data: {
      date: iso(record),
      type: `${ok ? 's' : 'f'}${type}`,
      description: ok ? '' : record.status >= 500 ? 'Service unavailable' : 'Unauthorized',
      client_id: some(record.clientId),
      client_name: some(record.clientId),
      ip: record.address,
      user_agent: record.userAgent,
      hostname: record.host,
      audience: some(record.audience),
      scope: some(record.scope),
      log_id: id,
    },
  });
};

const oktaReason = (status: number, kind: Kind): string => {
  if (status === 401) return 'invalid_client';
  return status >= 500 ? 'internal_error' : kind === 'device' ? 'authorization_pending' : 'invalid_request';
};

const okta = (record: LineRecord): string | undefined => {
  const kind = kindOf(record);
  if (kind === undefined || kind === 'introspection') return undefined;
  const ok = record.status < 300;
  return JSON.stringify({
    uuid: uuid(record.requestId),
    published: iso(record),
    eventType: `app.oauth2.as.token.grant${ok ? '.access_token' : ''}`,
    // Who is known to nobody has no name here either; the format needs the key.
    actor: { id: record.clientId, type: 'PublicClientApp', displayName: some(record.clientId) },
    client: { ipAddress: record.address, userAgent: { rawUserAgent: record.userAgent } },
    outcome: ok ? { result: 'SUCCESS' } : { result: 'FAILURE', reason: oktaReason(record.status, kind) },
    transaction: { id: some(record.requestId), type: 'WEB' },
    debugContext: {
      debugData: {
        requestUri: '/oauth2/aus1/v1/token',
        grantType: record.grantType,
        [ok ? 'grantedScopes' : 'requestedScopes']: some(record.scope),
      },
    },
  });
};

/** Errors: of a secret, of a request, of the service itself. */
const entraCode = (status: number): string => {
  if (status < 300) return '0';
  return status === 401 ? '7000215' : status >= 500 ? '90033' : '900144';
};

const entra = (record: LineRecord): string | undefined => {
  // Sign-ins of people and devices are in other tables.
  if (kindOf(record) !== 'service') return undefined;
  const code = entraCode(record.status);
  const id = uuid(record.requestId);
  return JSON.stringify({
    time: iso(record),
    category: 'ServicePrincipalSignInLogs',
    operationName: 'Sign-in activity',
    resultType: code,
    durationMs: 0,
    callerIpAddress: record.address,
    correlationId: some(id),
    properties: {
      id: some(id),
      createdDateTime: iso(record),
      appId: some(record.clientId),
      servicePrincipalName: some(record.clientId),
      resourceDisplayName: some(record.audience),
      ipAddress: record.address,
      status: { errorCode: Number(code) },
    },
  });
};

const cloudtrail = (record: LineRecord): string | undefined => {
  const kind = kindOf(record);
  if (kind !== 'service' && kind !== 'code') return undefined;
  const { clientId, scope } = record;
  return JSON.stringify({
    eventVersion: '1.08',
    eventTime: `${iso(record).slice(0, 19)}Z`,
    eventSource: 'cognito-idp.amazonaws.com',
    eventName: 'Token_POST',
    awsRegion: 'eu-west-1',
    sourceIPAddress: record.address,
    userAgent: record.userAgent,
    requestParameters: null,
    responseElements: null,
    additionalEventData: {
      responseParameters: { status: record.status },
      requestParameters: {
        grant_type: record.grantType === undefined ? undefined : [record.grantType],
        client_id: clientId === '' ? undefined : [clientId],
        scope: scope === undefined ? undefined : [scope],
      },
      userPoolDomain: 'https://shop.auth.eu-west-1.amazoncognito.com',
    },
    eventID: some(uuid(record.requestId)),
    readOnly: false,
    eventType: 'AwsServiceEvent',
    managementEvent: true,
    eventCategory: 'Management',
  });
};

const all: readonly Slot[] = ['time', 'method', 'path', 'status', 'client', 'clientId', 'grantType'];

const writers: Readonly<Record<string, readonly [print: Printer['print'], more: readonly Slot[]]>> = {
  keycloak: [keycloak, ['scope', 'audience']],
  auth0: [auth0, ['host', 'scope', 'audience', 'userAgent', 'requestId']],
  okta: [okta, ['scope', 'userAgent', 'requestId']],
  entra: [entra, ['audience', 'requestId']],
  cloudtrail: [cloudtrail, ['host', 'scope', 'userAgent', 'requestId']],
};

/** The printer of a log of events; undefined: the format is none. */
export function eventPrinter(format: string): Printer | undefined {
  const writer = writers[format];
  if (writer === undefined) return undefined;
  return { format, shows: new Set([...all, ...writer[1]]), print: writer[0], isOfIssuer: true };
}
