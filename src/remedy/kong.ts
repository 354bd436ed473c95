/** Kong: upstream-oauth of the Enterprise edition; without it, kong.cache in a plugin of one's own. */
import { parsePolicy } from '../simulation/policy.js';
import {
  clientIdOf,
  countAtIssuer,
  defaultLifeSeconds,
  marginSeconds,
  quoted,
  revocationRisk,
  SHARING_RISK,
  scopesOf,
} from './data.js';
import { endpointUrl, formBody, luaString } from './escape.js';
import { nameOf, type Remedy, type RemedyContext } from './remedy.js';

const enterprise = (context: RemedyContext): string => {
  const scopes = scopesOf(context);
  return `# Kong Gateway Enterprise 3.8 and later.
plugins:
  - name: upstream-oauth
    config:
      oauth:
        token_endpoint: ${quoted(endpointUrl(context.tokenEndpoint))}
        grant_type: client_credentials
        client_id: ${quoted(clientIdOf(context))}
        client_secret: "{vault://env/token-tax-client-secret}"
        scopes: [${scopes.map(quoted).join(', ')}]        # not said, it would be ["openid"]
${context.audience === undefined ? '' : `        audience: [${quoted(context.audience)}]\n`}      client:
        auth_method: client_secret_basic
      cache:
        strategy: memory
        eagerly_expire: ${marginSeconds(context)}
        default_ttl: ${defaultLifeSeconds(context)}
      behavior:
        purge_token_on_upstream_status_codes: [401]
`;
};

const handler = (
  context: RemedyContext,
): string => `-- kong/plugins/token-tax-${nameOf(context)}/handler.lua, for Kong without upstream-oauth.
-- kong.cache makes one fetch for all who ask at once on this node; what the callback returns third is how long it is kept.
local http = require "resty.http"
local cjson = require "cjson.safe"

local Handler = { VERSION = "1.0.0", PRIORITY = 900 }

local URL = ${luaString(endpointUrl(context.tokenEndpoint))}
local CLIENT_ID = ${luaString(clientIdOf(context))}
local BODY = ${luaString(formBody(context))}
local MARGIN = ${marginSeconds(context)}
local DEFAULT_LIFE = ${defaultLifeSeconds(context)}

local function fetch()
  -- main process: env ${context.places.secretEnv};
  local secret = os.getenv(${luaString(context.places.secretEnv)})
  if not secret then return nil, "no secret in the environment" end
  local client = http.new()
  client:set_timeout(3000)
  local response, problem = client:request_uri(URL, {
    method = "POST",
    body = BODY,
    ssl_verify = true,
    headers = {
      ["Content-Type"] = "application/x-www-form-urlencoded",
      ["Authorization"] = "Basic " .. ngx.encode_base64(CLIENT_ID .. ":" .. secret),
    },
  })
  if not response then return nil, problem end
  local answer = response.status == 200 and cjson.decode(response.body)
  if type(answer) ~= "table" or type(answer.access_token) ~= "string" then return nil, "token endpoint: " .. response.status end
  local life = tonumber(answer.expires_in) or DEFAULT_LIFE
  return answer.access_token, nil, math.max(1, life - MARGIN)
end

function Handler:access()
  local token, problem = kong.cache:get(${luaString(`token-tax:${nameOf(context)}`)}, { neg_ttl = 2 }, fetch)
  if not token then
    kong.log.err("no service token: ", problem)
    return kong.response.exit(503, { message = "no service token" })
  end
  kong.service.request.set_header("Authorization", "Bearer " .. token)
end

return Handler
`;

export const kong: Remedy = {
  id: 'kong',
  title: 'Kong: upstream-oauth, or kong.cache in a plugin',
  aliases: ['kong-enterprise', 'kong-oss'],
  docs: 'https://developer.konghq.com/plugins/upstream-oauth/',
  policy: ({ marginMs }) => parsePolicy(`node,margin=${Math.max(1, Math.ceil(marginMs / 1000))}s`),
  overshootPerStretch: 1,
  files: (context) => [
    { name: 'kong.yaml', language: 'yaml', text: enterprise(context), certainty: 'documented' },
    { name: 'handler.lua', language: 'lua', text: handler(context), certainty: 'untested' },
  ],
  risks: (context) => [
    revocationRisk(context, 'life'),
    SHARING_RISK,
    'With cache.strategy redis the token leaves the machine: TLS, authentication and encryption there first.',
  ],
  verify: (context) => ['kong config parse kong.yaml', countAtIssuer(context, 'kong reload')].join('\n'),
  notes: [
    'upstream-oauth is part of the Enterprise edition; the Lua file is for all others and needs a schema.lua beside it.',
    'Each node keeps its own token in memory: N nodes make N fetches a life.',
    'A token that the back end refuses with 401 is purged (upstream-oauth).',
  ],
};
