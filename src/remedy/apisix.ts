/** Apache APISIX: a serverless function with a shared dictionary and a lock; no plugin of the core fetches tokens for upstreams. */
import { parsePolicy } from '../simulation/policy.js';
import { clientIdOf, jsonFile, marginSeconds, ttlSeconds } from './data.js';
import { endpointUrl, formBody, luaString } from './escape.js';
import { nameOf, type Remedy, type RemedyContext } from './remedy.js';

function code(context: RemedyContext): string {
  return `return function(conf, ctx)
  local core = require("apisix.core")
  local kept = ngx.shared["token-tax"]
  local key = ${luaString(nameOf(context))}
  local token = kept:get(key)
  if not token and not kept:get(key .. " failed") then
    local lock = require("resty.lock"):new("token-tax-locks", { timeout = 8, exptime = 10 })
    local waited = lock:lock(key)
    token = kept:get(key)
    if waited and not token and not kept:get(key .. " failed") then
      local sent = ngx.now()
      local http = require("resty.http").new()
      http:set_timeouts(3000, 3000, 5000)
      local res = http:request_uri(${luaString(endpointUrl(context.tokenEndpoint))}, {
        method = "POST",
        body = ${luaString(formBody(context))},
        headers = {
          ["Content-Type"] = "application/x-www-form-urlencoded",
          Authorization = "Basic " .. ngx.encode_base64(ngx.escape_uri(${luaString(clientIdOf(context))}) .. ":" .. ngx.escape_uri(os.getenv(${luaString(context.places.secretEnv)}) or "")),
        },
      })
      local body = res and res.status == 200 and core.json.decode(res.body)
      if type(body) == "table" and type(body.access_token) == "string" then
        local life = tonumber(body.expires_in)
        local ttl = life and life - (ngx.now() - sent) - ${marginSeconds(context)} or ${ttlSeconds(context)}
        token = body.access_token
        if ttl > 0 then kept:set(key, token, ttl) end
      else
        kept:set(key .. " failed", true, 2)
      end
    end
    if waited then lock:unlock() end
  end
  if not token then return 503, { error = "no service token" } end
  core.request.set_header(ctx, "Authorization", "Bearer " .. token)
end
`;
}

const settings = (context: RemedyContext): string => `# conf/config.yaml
nginx_config:
  envs: [${context.places.secretEnv}]
  http:
    custom_lua_shared_dict:
      token-tax: 1m
      token-tax-locks: 1m
`;

export const apisix: Remedy = {
  id: 'apisix',
  title: 'Apache APISIX: a serverless function with a lock',
  aliases: ['apache-apisix', 'api7'],
  docs: 'https://apisix.apache.org/docs/apisix/plugins/serverless/',
  policy: (context) => parsePolicy(`node,single-flight,margin=${marginSeconds(context)}s`),
  overshootPerStretch: 1,
  files: (context) => [
    { name: 'config.yaml', language: 'yaml', text: settings(context), certainty: 'untested' },
    { name: 'token-tax.lua', language: 'lua', text: code(context), certainty: 'untested' },
    {
      name: 'route-plugins.json',
      language: 'json',
      text: jsonFile({ plugins: { 'serverless-pre-function': { phase: 'access', functions: [code(context)] } } }),
      certainty: 'untested',
    },
  ],
  risks: () => [
    'A revoked token is used until its life less the margin ends; a restart forgets it.',
    'The token lies in the shared memory of the node; the secret in the environment of its workers.',
  ],
  verify: () => ['apisix test', 'token-tax analyze GATEWAY.LOG ISSUER.LOG'].join('\n'),
  notes: [
    'route-plugins.json holds the function of token-tax.lua as a string: merge it into the route or the service.',
    'One fetch for all workers of a node; the others wait at most 8 s. A failure is remembered for 2 s.',
    'The authz-keycloak plugin keeps its own token already; openid-connect keeps introspection where the dictionary introspection exists.',
  ],
};
