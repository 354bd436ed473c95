/** HAProxy: one Lua state for all threads keeps the token; a task renews it while requests go on with the old one. */
import { parsePolicy } from '../simulation/policy.js';
import { authority, endpointUrl, formBody, luaString, percent } from './escape.js';
import { CLIENT_ID_TO_FILL_IN, REFRESH_AHEAD, type Remedy, type RemedyContext } from './remedy.js';

const config = (
  context: RemedyContext,
): string => `# In "global": one state for all threads (lua-load-per-thread would fetch a token for each thread).
#   The secret comes from the environment of HAProxy: ${context.places.secretEnv}
    lua-load ${context.places.luaFolder}/token-tax.lua

# In each frontend or backend whose servers want the token:
    http-request lua.token_tax
    http-request return status 503 content-type application/json hdr Retry-After 2 string '{"error":"no service token"}' if { var(txn.service_token) -m len 0 }
    http-request set-header Authorization "Bearer %[var(txn.service_token)]"
    http-response lua.token_tax_learn if { status 401 }
`;

const lua = (context: RemedyContext): string => {
  const { secretEnv } = context.places;
  return `-- One token for all threads of this HAProxy. Fetched by the first request that needs it; the others wait for that fetch. Late in its
-- life a request starts a task that renews it. Neither the secret nor a token is ever logged.
local URL = ${luaString(endpointUrl(context.tokenEndpoint))}
local BODY = ${luaString(formBody(context))}
local CLIENT_ID = ${luaString(context.clientId === undefined ? CLIENT_ID_TO_FILL_IN : percent(context.clientId))}
local MARGIN = ${context.marginMs / 1000}         -- s before the end of its life at which a token is no longer used
local REFRESH_AT = ${REFRESH_AHEAD}      -- share of the life after which it is renewed in the background
local DEFAULT_LIFE = ${(context.lifetimeMs ?? 300_000) / 1000}     -- s, of a response without expires_in
local WAIT = 8             -- s that a request waits for a fetch of another
local LONGEST_PAUSE = 5    -- s between attempts while the issuer fails

local token, use_until, fresh_until = nil, 0, 0
local fetching, failures, pause_until, forgotten_at = false, 0, 0, -60

local function now()
  local time = core.now()
  return time.sec + time.usec / 1000000
end

local function base64(text)
  local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
  local out = {}
  for at = 1, #text, 3 do
    local a, b, c = text:byte(at, at + 2)
    local bits = a * 65536 + (b or 0) * 256 + (c or 0)
    for place = 0, 3 do
      local index = math.floor(bits / 64 ^ (3 - place)) % 64 + 1
      out[#out + 1] = (place == 2 and not b or place == 3 and not c) and "=" or alphabet:sub(index, index)
    end
  end
  return table.concat(out)
end

local secret = os.getenv(${luaString(secretEnv)})
if not secret then error("the environment variable ${secretEnv} with the client's secret is not set") end
local encoded = secret:gsub("[^%w%-%._~]", function(c) return string.format("%%%02X", c:byte()) end)
local AUTHORIZATION = "Basic " .. base64(CLIENT_ID .. ":" .. encoded)

local function fetch()
  local sent = now()
  local response = core.httpclient():post {
    url = URL,
    headers = {
      ["authorization"] = { AUTHORIZATION },
      ["accept"] = { "application/json" },
      ["content-type"] = { "application/x-www-form-urlencoded" },
    },
    body = BODY,
    timeout = 5000,
  }
  local status = response and response.status
  local body = status == 200 and response.body or ""
  local found = body:match('"access_token"%s*:%s*"([^"]+)"')
  found = found and found:gsub("\\\\/", "/")
  local life = tonumber(body:match('"expires_in"%s*:%s*"?(%d+)')) or DEFAULT_LIFE
  if found and found:find("^[%w%-%._~%+/]+=*$") and life > 0 then
    token = found
    use_until = sent + life - math.min(MARGIN, life / 2)
    fresh_until = math.min(use_until, now() + life * REFRESH_AT)
    failures, pause_until = 0, 0
    return
  end
  failures = failures + 1
  local pause = math.min(2 ^ (failures - 1), LONGEST_PAUSE)
  local asked_for = response and response.headers and response.headers["retry-after"]
  asked_for = asked_for and tonumber(asked_for[0])
  if asked_for then pause = math.max(pause, math.min(asked_for, 30)) end
  pause_until = now() + pause
  core.Warning("token fetch failed: " .. tostring(status))
end

-- In a task of its own: a request waits as long as it may, not as long as HAProxy tries.
local function start_fetch()
  fetching = true
  core.register_task(function()
    local ok = pcall(fetch)
    if not ok then pause_until = now() + LONGEST_PAUSE end
    fetching = false
  end)
end

local function current()
  local deadline = now() + WAIT
  while true do
    local time = now()
    local may_fetch = not fetching and time >= pause_until
    if token and time < use_until then
      if time >= fresh_until and may_fetch then start_fetch() end
      return token
    end
    if may_fetch then
      start_fetch()
    elseif not fetching or time > deadline then
      return nil
    end
    core.msleep(5)
  end
end

core.register_action("token_tax", { "http-req" }, function(txn)
  txn:set_var("txn.service_token", current() or "")
end)

-- A token that the back end refuses is forgotten, at most once a minute.
core.register_action("token_tax_learn", { "http-res" }, function(txn)
  if token and txn:get_var("txn.service_token") == token and now() - forgotten_at > 60 then
    token, forgotten_at = nil, now()
  end
end)
`;
};

export const haproxy: Remedy = {
  id: 'haproxy',
  title: 'HAProxy: a token cache in its Lua, with the HTTP client of HAProxy',
  aliases: ['haproxy-lua'],
  docs: 'https://docs.haproxy.org/2.6/configuration.html#3.2-lua-load',
  policy: ({ marginMs }) => parsePolicy(`node,single-flight,margin=${marginMs}ms,refresh-ahead=${REFRESH_AHEAD * 100}%`),
  overshootPerStretch: 0,
  files: (context) => [
    { name: 'token-tax.lua', language: 'lua', text: lua(context), certainty: 'proven' },
    { name: 'token-tax.cfg', language: 'haproxy', text: config(context), certainty: 'proven' },
  ],
  risks: () => [
    'A revoked token is used until a server answers 401 (then it is forgotten, at most once a minute) or its life ends.',
    'A reload starts a new process without a token: one fetch more for each.',
    'The secret stands in the environment of HAProxy, which root and its own user can read.',
  ],
  verify: (context) =>
    [
      'haproxy -c -f /etc/haproxy/haproxy.cfg',
      `# Then, in the log of ${authority(context.tokenEndpoint)}: one token request of this node for each life of a token.`,
      'token-tax analyze GATEWAY.LOG ISSUER.LOG',
    ].join('\n'),
  notes: [
    'HAProxy 2.6 or later, built with Lua. lua-load, not lua-load-per-thread: there each thread fetches a token of its own.',
    'HAProxy resolves the name of the issuer while it runs, by the servers of /etc/resolv.conf or a "resolvers default" section, and verifies its certificate.',
    'After 80 % of its life the token is renewed in the background: no request waits for that.',
    'While the issuer fails it is asked after 1, 2, 4, then every 5 s (or as its Retry-After says); a token is used to its margin and not longer, then requests are answered 503. An issuer that is silent is asked up to four times in 20 s by HAProxy itself.',
  ],
};
