/** OpenResty, or nginx with its Lua module: the gateway keeps the token itself, in a dictionary that its workers share. */
import { parsePolicy } from '../simulation/policy.js';
import { authority, formBody, isAddress, luaString, percent, urlHost, urlPath } from './escape.js';
import { CLIENT_ID_TO_FILL_IN, REFRESH_AHEAD, RESOLVER_TO_FILL_IN, type Remedy, type RemedyContext } from './remedy.js';

const config = (context: RemedyContext): string => `# In http { }:
lua_shared_dict token_tax 1m;
lua_package_path "${context.places.luaFolder}/?.lua;;";
lua_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;
lua_ssl_verify_depth 3;
${isAddress(context.tokenEndpoint.host) ? '' : `resolver ${context.resolver ?? RESOLVER_TO_FILL_IN} ipv6=off;\n`}init_by_lua_block { require("token_tax").read_secret(${luaString(context.places.secretFile)}) }

# In each location whose back end wants the token:
#     set $service_token "";
#     access_by_lua_block { require("token_tax").authorize() }
#     proxy_set_header Authorization "Bearer $service_token";
#     log_by_lua_block { require("token_tax").learn() }
`;

const lua = (context: RemedyContext): string => {
  const { tokenEndpoint } = context;
  return `-- One token for all workers of this nginx. Fetched by the first request that needs it; the others wait for that fetch. Late in its
-- life it is renewed in the background. Neither the secret nor a token is ever logged.
local M = {}

local HOST, PORT, TLS = ${luaString(urlHost(tokenEndpoint.host))}, ${tokenEndpoint.port}, ${tokenEndpoint.scheme === 'https'}
local PATH, HOST_HEADER = ${luaString(urlPath(tokenEndpoint.path))}, ${luaString(authority(tokenEndpoint))}
local BODY = ${luaString(formBody(context))}
local CLIENT_ID = ${luaString(context.clientId === undefined ? CLIENT_ID_TO_FILL_IN : percent(context.clientId))}
local MARGIN = ${context.marginMs / 1000}         -- s before the end of its life at which a token is no longer used
local REFRESH_AT = ${REFRESH_AHEAD}      -- share of the life after which it is renewed in the background
local DEFAULT_LIFE = ${(context.lifetimeMs ?? 300_000) / 1000}     -- s, of a response without expires_in
local WAIT = 8             -- s that a request waits for a fetch of another
local LOCK = 20            -- s; longer than a fetch can take
local LONGEST_PAUSE = 5    -- s between attempts while the issuer fails

local kept = ngx.shared.token_tax
local authorization

-- Called in init_by_lua, as the user that starts nginx: the file can be root's alone.
function M.read_secret(path)
  local file = assert(io.open(path, "r"))
  local secret = file:read("*l")
  file:close()
  local encoded = (secret or ""):gsub("[^%w%-%._~]", function(c) return ("%%%02X"):format(c:byte()) end)
  authorization = "Basic " .. ngx.encode_base64(CLIENT_ID .. ":" .. encoded, false)
end

local function read_chunks(socket)
  local parts, size = {}, 0
  while true do
    local line = socket:receive("*l")
    local length = line and tonumber(line:match("^%x+"), 16)
    if not length or size + length > 65536 then return nil end
    if length == 0 then return table.concat(parts) end
    local part = socket:receive(length)
    if not part or not socket:receive(2) then return nil end
    parts[#parts + 1] = part
    size = size + length
  end
end

-- status, body and headers of the token response; nil and why.
local function ask()
  local socket = ngx.socket.tcp()
  socket:settimeouts(3000, 3000, 5000)
  local ok, why = socket:connect(HOST == "localhost" and "127.0.0.1" or HOST, PORT)
  if not ok then return nil, why end
  if TLS then
    ok, why = socket:sslhandshake(nil, HOST, true)
    if not ok then return nil, why end
  end
  ok, why = socket:send({
    "POST ", PATH, " HTTP/1.1\\r\\nHost: ", HOST_HEADER, "\\r\\nAuthorization: ", authorization,
    "\\r\\nAccept: application/json\\r\\nContent-Type: application/x-www-form-urlencoded\\r\\nContent-Length: ", #BODY,
    "\\r\\nConnection: close\\r\\n\\r\\n", BODY,
  })
  if not ok then return nil, why end
  local line
  line, why = socket:receive("*l")
  local status = line and tonumber(line:match("^HTTP/1%.%d (%d%d%d)"))
  if not status then return nil, why or "not HTTP" end
  local headers = {}
  for _ = 1, 100 do
    line, why = socket:receive("*l")
    if not line then return nil, why end
    if line == "" then break end
    local name, value = line:match("^([^:]+):%s*(.-)%s*$")
    if name then headers[name:lower()] = value end
  end
  local body
  if (headers["transfer-encoding"] or ""):lower() == "chunked" then
    body = read_chunks(socket)
  elseif headers["content-length"] then
    local length = tonumber(headers["content-length"])
    body = length and length <= 65536 and socket:receive(length)
  else
    body = socket:receive("*a")
  end
  socket:close()
  if not body then return nil, "the response broke off" end
  return status, body, headers
end

-- The caller holds the lock.
local function fetch()
  local sent = ngx.now()
  local status, body, headers = ask()
  local token = status == 200 and body:match('"access_token"%s*:%s*"([^"]+)"')
  token = token and token:gsub("\\\\/", "/")
  local life = status == 200 and (tonumber(body:match('"expires_in"%s*:%s*"?(%d+)')) or DEFAULT_LIFE)
  if token and token:find("^[%w%-%._~%+/]+=*$") and life > 0 then
    local use = life - math.min(MARGIN, life / 2) - (ngx.now() - sent)
    if use > 0.001 then
      kept:set("token", token, use)
      kept:set("fresh", true, math.max(0.001, math.min(use, life * REFRESH_AT)))
    end
    kept:delete("failures")
    kept:delete("pause")
    return token
  end
  local failures = kept:incr("failures", 1, 0) or 1
  local pause = math.min(2 ^ (failures - 1), LONGEST_PAUSE)
  local asked_for = headers and tonumber(headers["retry-after"])
  if asked_for then pause = math.max(pause, math.min(asked_for, 30)) end
  kept:set("pause", true, pause)
  ngx.log(ngx.ERR, "token fetch failed: ", status or body)
  return nil
end

local function locked_fetch()
  local ok, token = pcall(fetch)
  kept:delete("lock")
  if not ok then ngx.log(ngx.ERR, "token fetch failed: ", token) end
  return ok and token or nil
end

local function may_fetch()
  return not kept:get("pause") and kept:add("lock", true, LOCK)
end

-- A token, or nil when the issuer gives none.
function M.token()
  local until_time = ngx.now() + WAIT
  while true do
    local token = kept:get("token")
    if token then
      if not kept:get("fresh") and may_fetch() then
        if not ngx.timer.at(0, locked_fetch) then kept:delete("lock") end
      end
      return token
    end
    if may_fetch() then
      token = kept:get("token")             -- stored between our look and our lock
      if token then kept:delete("lock") return token end
      return locked_fetch()
    end
    if kept:get("pause") or ngx.now() > until_time then return nil end
    ngx.sleep(0.01)
  end
end

-- Access phase: the token into $service_token, or 503.
function M.authorize()
  local token = M.token()
  if token then
    ngx.var.service_token = token
    return
  end
  ngx.header["Content-Type"] = "application/json"
  ngx.header["Retry-After"] = 2
  ngx.status = 503
  ngx.print('{"error":"no service token"}')
  return ngx.exit(503)
end

-- Log phase: a token that the back end refuses is forgotten, at most once a minute.
function M.learn()
  if ngx.var.upstream_status == "401" and ngx.var.service_token == kept:get("token") and kept:add("refused", true, 60) then
    kept:delete("token")
  end
end

return M
`;
};

export const openresty: Remedy = {
  id: 'openresty',
  title: 'OpenResty, or nginx with its Lua module: a token cache in the gateway',
  aliases: ['nginx-lua', 'lua-nginx'],
  docs: 'https://github.com/openresty/lua-nginx-module#ngxshareddict',
  policy: ({ marginMs }) => parsePolicy(`node,single-flight,margin=${marginMs}ms,refresh-ahead=${REFRESH_AHEAD * 100}%`),
  overshootPerStretch: 0,
  files: (context) => [
    { name: 'token_tax.lua', language: 'lua', text: lua(context), certainty: 'proven' },
    { name: 'token-tax.conf', language: 'nginx', text: config(context), certainty: 'proven' },
  ],
  risks: () => [
    'A revoked token is used until the back end answers 401 (then it is forgotten, at most once a minute) or its life ends.',
    'The token lies in the shared memory of this nginx, which survives a reload; a restart forgets it.',
  ],
  verify: (context) =>
    [
      'nginx -t',
      `# Then, in the log of ${authority(context.tokenEndpoint)}: one token request of this node for each life of a token.`,
      'token-tax analyze GATEWAY.LOG ISSUER.LOG',
    ].join('\n'),
  notes: [
    'One fetch for all workers of this nginx; who comes meanwhile waits for it, at most 8 s.',
    'After 80 % of its life the token is renewed in the background: no request waits for that.',
    'While the issuer fails it is asked after 1, 2, 4, then every 5 s (or as its Retry-After says); a token is used to its margin and not longer, then requests are answered 503.',
    'No library beyond the Lua module is needed.',
  ],
};
