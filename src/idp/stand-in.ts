/** A small OAuth 2 provider for client credentials (RFC 6749, 7662, 7009, 8414; OpenID Connect Discovery), to count fetches with. */
import { createHash, createPrivateKey, generateKeyPairSync, randomBytes, sign, timingSafeEqual, verify } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { IdentityProviderOptions, RunningIdentityProvider } from './options.js';
import { latencyAt, seeded } from './random.js';
import { type Answer, pathOf, type Seen, startRecording } from './server.js';
import { parseTokenRequest, type TokenRequest } from './token-request.js';

const MAX_BODY_BYTES = 1 << 16;
const MAX_REVOKED = 100_000;

/** undefined: too long. */
const readBody = async (request: IncomingMessage): Promise<string | undefined> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** ES256 (RFC 7518, 3.4) with a key made here and kept nowhere else. */
const signer = () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = publicKey.export({ format: 'jwk' });
  const kid = createHash('sha256').update(JSON.stringify(jwk)).digest('base64url').slice(0, 16);
  const key = createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' }));
  return {
    jwks: { keys: [{ ...jwk, kid, alg: 'ES256', use: 'sig' }] },
    sign(claims: object): string {
      const text = `${base64url({ alg: 'ES256', typ: 'at+jwt', kid })}.${base64url(claims)}`;
      return `${text}.${sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
    },
    /** The claims of a token of this signer; undefined for any other text. */
    read(token: string): Record<string, unknown> | undefined {
      const [head = '', body = '', signature = ''] = token.split('.');
      try {
        const good = verify(
          'sha256',
          Buffer.from(`${head}.${body}`),
          { key: publicKey, dsaEncoding: 'ieee-p1363' },
          Buffer.from(signature, 'base64url'),
        );
        return good ? (JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as Record<string, unknown>) : undefined;
      } catch {
        return undefined;
      }
    },
  };
};

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** At most `perSecond` in any second, and that many at once: a bucket that fills with time. Returns s to wait, or 0. */
export const rateLimiter = (perSecond: number, now: () => number): (() => number) => {
  const most = Math.max(1, perSecond);
  let level = most;
  let last = now();
  return () => {
    const at = now();
    level = Math.min(most, level + ((at - last) / 1000) * perSecond);
    last = at;
    if (level >= 1) {
      level -= 1;
      return 0;
    }
    return Math.max(1, Math.ceil((1 - level) / perSecond));
  };
};

export const startStandIn = (options: IdentityProviderOptions): Promise<RunningIdentityProvider> => {
  const {
    tokenPath = '/oauth2/token',
    lifetimeMs = 3_600_000,
    timeScale = 1,
    latency = [],
    failShare = 0,
    failStatus = 503,
  } = options;
  const { clients, rateLimitPerSecond, seed = 1 } = options;
  const expiresIn = Math.max(1, Math.round(lifetimeMs / timeScale / 1000));
  const random = seeded(seed);
  const keys = signer();
  const limit = rateLimitPerSecond === undefined ? () => 0 : rateLimiter(rateLimitPerSecond, () => performance.now());
  const revoked = new Set<string>();

  const send = (
    response: ServerResponse,
    seen: Seen,
    status: number,
    value: object,
    headers: Record<string, string> = {},
  ): void => {
    const body = JSON.stringify(value);
    seen.bytes = Buffer.byteLength(body);
    response
      .writeHead(status, {
        'content-type': 'application/json',
        'content-length': seen.bytes,
        'cache-control': 'no-store',
        pragma: 'no-cache',
        ...headers,
      })
      .end(body);
  };

  /** Any client unless some are named; then the secret must be theirs. Compared in constant time. */
  const isAuthentic = ({ clientId, clientSecret }: TokenRequest): boolean => {
    if (clientId === undefined || clientId === '') return false;
    if (clients === undefined) return true;
    const expected = clients.get(clientId);
    const same = timingSafeEqual(digest(clientSecret ?? ''), digest(expected ?? ''));
    return same && expected !== undefined && clientSecret !== undefined;
  };

  const answerToken = async (url: string, asked: TokenRequest, response: ServerResponse, seen: Seen): Promise<void> => {
    Object.assign(seen, { clientId: asked.clientId, grantType: asked.grantType, scope: asked.scope, audience: asked.audience });
    seen.fetch = true;
    const waitSeconds = limit();
    if (waitSeconds > 0)
      return send(response, seen, 429, { error: 'temporarily_unavailable' }, { 'retry-after': String(waitSeconds) });
    // Both drawn always, so that the one does not shift the other.
    const [share, luck] = [random(), random()];
    const delayMs = latencyAt(latency, share);
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    if (luck < failShare) return send(response, seen, failStatus, { error: 'temporarily_unavailable' });
    if (asked.malformed || asked.grantType === undefined) return send(response, seen, 400, { error: 'invalid_request' });
    if (!isAuthentic(asked))
      return send(response, seen, 401, { error: 'invalid_client' }, { 'www-authenticate': 'Basic realm="token-tax"' });
    if (asked.grantType !== 'client_credentials') return send(response, seen, 400, { error: 'unsupported_grant_type' });
    const iat = Math.floor(Date.now() / 1000);
    const { clientId, scope, audience } = asked;
    const claims = {
      iss: url,
      sub: clientId,
      client_id: clientId,
      aud: audience?.split(' ') ?? url,
      iat,
      exp: iat + expiresIn,
      jti: randomBytes(12).toString('base64url'),
      ...(scope === undefined ? {} : { scope }),
    };
    seen.expiresIn = expiresIn;
    const token = { access_token: keys.sign(claims), token_type: 'Bearer', expires_in: expiresIn };
    return send(response, seen, 200, scope === undefined ? token : { ...token, scope });
  };

  const metadata = (url: string): object => ({
    issuer: url,
    token_endpoint: url + tokenPath,
    jwks_uri: `${url}/oauth2/jwks`,
    introspection_endpoint: `${url}/oauth2/introspect`,
    revocation_endpoint: `${url}/oauth2/revoke`,
    grant_types_supported: ['client_credentials'],
    response_types_supported: [],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
  });

  const answerAt =
    (url: () => string): Answer =>
    async (request, response, seen) => {
      const path = pathOf(request.url);
      const { method } = request;
      if (method === 'GET' || method === 'HEAD') {
        request.resume();
        if (path === '/.well-known/openid-configuration' || path === '/.well-known/oauth-authorization-server')
          return send(response, seen, 200, metadata(url()));
        if (path === '/oauth2/jwks') return send(response, seen, 200, keys.jwks);
      }
      const posts = [tokenPath, '/oauth2/introspect', '/oauth2/revoke'];
      if (!posts.includes(path)) {
        request.resume();
        return send(response, seen, 404, { error: 'not_found' });
      }
      if (method !== 'POST') {
        request.resume();
        return send(response, seen, 405, { error: 'invalid_request' }, { allow: 'POST' });
      }
      const body = await readBody(request);
      if (body === undefined) return send(response, seen, 413, { error: 'invalid_request' }, { connection: 'close' });
      const asked = parseTokenRequest(body, request.headers['content-type'] ?? '', request.headers.authorization);
      if (path === tokenPath) return await answerToken(url(), asked, response, seen);
      seen.clientId = asked.clientId;
      if (!isAuthentic(asked))
        return send(response, seen, 401, { error: 'invalid_client' }, { 'www-authenticate': 'Basic realm="token-tax"' });
      const claims = keys.read(new URLSearchParams(body).get('token') ?? '');
      const jti = String(claims?.jti ?? '');
      if (path === '/oauth2/revoke') {
        if (claims !== undefined && claims.client_id === asked.clientId && revoked.size < MAX_REVOKED) revoked.add(jti);
        return send(response, seen, 200, {});
      }
      const isActive = claims !== undefined && Number(claims.exp) * 1000 > Date.now() && !revoked.has(jti);
      return send(response, seen, 200, isActive ? { active: true, token_type: 'Bearer', ...claims } : { active: false });
    };

  return startRecording(options, answerAt);
};
