/**
 * What to add to the configuration of a gateway so that its log can prove more: data, one entry per family. Each directive writes a
 * log that is read here without a flag; its `sample` is a line of it, and is tested. None of them logs a query, a body or a header
 * that holds a credential.
 */

export interface GatewayAdvice {
  readonly id: string;
  readonly name: string;
  /** Ids of formats that this gateway writes, or the first part of them up to a `-`. */
  readonly formats: readonly string[];
  /** One paragraph. */
  readonly says: string;
  readonly directive: string;
  readonly docs: string;
  /** A line as the directive writes it. */
  readonly sample: string;
  /** What the sample has to be read as. */
  readonly readAs: string;
}

export const gatewayAdvice: readonly GatewayAdvice[] = [
  {
    id: 'nginx',
    name: 'nginx, ingress-nginx, OpenResty',
    formats: ['nginx', 'ingress', 'openresty', 'clf', 'clf-combined'],
    says: 'Log milliseconds, both durations and the client. $remote_user is the OAuth client where it authenticates with HTTP Basic; a client id in the body is not seen by nginx. $hostname belongs into the log of a gateway only: in front of a token endpoint the node is the one that asks. $uri leaves the query out, which may hold secrets.',
    directive: `log_format token_tax escape=json
  '{"msec":"$msec","request_method":"$request_method","uri":"$uri",'
  '"host":"$host","status":"$status","body_bytes_sent":"$body_bytes_sent",'
  '"request_time":"$request_time",'
  '"upstream_response_time":"$upstream_response_time",'
  '"upstream_cache_status":"$upstream_cache_status",'
  '"remote_addr":"$remote_addr","remote_user":"$remote_user",'
  '"http_user_agent":"$http_user_agent","request_id":"$request_id",'
  '"hostname":"$hostname"}';
access_log /var/log/nginx/token-tax.log token_tax;`,
    docs: 'https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format',
    sample:
      '{"msec":"1772446530.123","request_method":"POST","uri":"/oauth2/token","host":"auth.example.com","status":"200","body_bytes_sent":"1184","request_time":"0.014","upstream_response_time":"0.013","upstream_cache_status":"","remote_addr":"10.20.0.7","remote_user":"orders-gw","http_user_agent":"orders-gw/4.2","request_id":"9f2c1a7be04d4c53a1f0de5b8c6a7712","hostname":"gw-1"}',
    readAs: 'nginx-json',
  },
  {
    id: 'apache',
    name: 'Apache httpd',
    formats: ['apache', 'httpd', 'clf', 'clf-combined'],
    says: 'Log the start in milliseconds, the duration in microseconds and the client. %u is the OAuth client where it authenticates with HTTP Basic, if a module of Apache does the check. Apache does not log the time of a back end: measure it there, or in another proxy. %U leaves the query out.',
    directive: `LogFormat "{\\"start_time\\":\\"%{msec}t\\",\\"method\\":\\"%m\\",\\"path\\":\\"%U\\",\\
\\"host\\":\\"%V\\",\\"status\\":\\"%>s\\",\\"bytes\\":\\"%B\\",\\"duration_us\\":\\"%D\\",\\
\\"client_ip\\":\\"%a\\",\\"client_id\\":\\"%u\\",\\
\\"user_agent\\":\\"%{User-Agent}i\\",\\"request_id\\":\\"%{UNIQUE_ID}e\\"}" token_tax
CustomLog logs/token-tax.log token_tax`,
    docs: 'https://httpd.apache.org/docs/2.4/mod/mod_log_config.html',
    sample:
      '{"start_time":"1772446530123","method":"POST","path":"/oauth2/token","host":"auth.example.com","status":"200","bytes":"1184","duration_us":"14000","client_ip":"10.20.0.7","client_id":"orders-gw","user_agent":"orders-gw/4.2","request_id":"Z8Qx3n8AAQEAAB"}',
    readAs: 'json',
  },
  {
    id: 'haproxy',
    name: 'HAProxy',
    formats: ['haproxy'],
    says: 'Capture the user agent, and the client where a header tells it (here X-Client-Id: put the one in its place that your clients send). %Ta is the whole request, %Tr the answer of the server, both in milliseconds; %HP leaves the query out.',
    directive: `http-request capture req.hdr(User-Agent) len 128
http-request capture req.hdr(X-Client-Id) len 64
log-format '{"start_time":"%Ts.%ms","method":"%HM","path":"%HP","status":"%ST","bytes":"%B","duration_ms":"%Ta","upstream_ms":"%Tr","client_ip":"%ci","user_agent":"%[capture.req.hdr(0),json(utf8s)]","client_id":"%[capture.req.hdr(1),json(utf8s)]","request_id":"%ID"}'`,
    docs: 'https://docs.haproxy.org/3.0/configuration.html#8.2.6',
    sample:
      '{"start_time":"1772446530.123","method":"POST","path":"/oauth2/token","status":"200","bytes":"1184","duration_ms":"14","upstream_ms":"13","client_ip":"10.20.0.7","user_agent":"orders-gw/4.2","client_id":"orders-gw","request_id":"0A140007:1F90_00000000:0050_69A56302_0001:0007"}',
    readAs: 'json',
  },
  {
    id: 'envoy',
    name: 'Envoy, Istio, Envoy Gateway',
    formats: ['envoy', 'istio'],
    says: 'Write JSON, with the client from the token that the jwt_authn filter has checked (its payload_in_metadata must be "payload"). Envoy has the path with its query: leave out of the log what must not be in it, or strip it with %PATH(NQ)% where your version has it. Set node in gateways only.',
    directive: `log_format:
  json_format:
    start_time: "%START_TIME%"
    method: "%REQ(:METHOD)%"
    path: "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%"
    host: "%REQ(:AUTHORITY)%"
    status: "%RESPONSE_CODE%"
    bytes: "%BYTES_SENT%"
    duration_ms: "%DURATION%"
    upstream_ms: "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%"
    upstream_host: "%UPSTREAM_HOST%"
    client_ip: "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"
    client_id: "%DYNAMIC_METADATA(envoy.filters.http.jwt_authn:payload:azp)%"
    user_agent: "%REQ(USER-AGENT)%"
    request_id: "%REQ(X-REQUEST-ID)%"
    node: "%ENVIRONMENT(HOSTNAME)%"`,
    docs: 'https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage',
    sample:
      '{"start_time":"2026-03-02T10:15:30.123Z","method":"POST","path":"/oauth2/token","host":"auth.example.com","status":"200","bytes":"1184","duration_ms":"14","upstream_ms":"13","upstream_host":"10.30.1.11:8443","client_ip":"10.20.0.7","client_id":"orders-gw","user_agent":"orders-gw/4.2","request_id":"5c0f6f7e-0a52-4b6d-9a8e-2f6a1f0c7a11","node":"gw-1"}',
    readAs: 'json',
  },
  {
    id: 'kong',
    name: 'Kong Gateway',
    formats: ['kong'],
    says: 'Kong is nginx: give its proxy a log_format of your own in kong.conf. $http_x_consumer_username is the consumer, once an authentication plugin has found it.',
    directive: `nginx_http_log_format = token_tax escape=json '{"msec":"$msec","request_method":"$request_method","uri":"$uri","host":"$host","status":"$status","body_bytes_sent":"$body_bytes_sent","request_time":"$request_time","upstream_response_time":"$upstream_response_time","remote_addr":"$remote_addr","http_x_consumer_username":"$http_x_consumer_username","http_user_agent":"$http_user_agent","request_id":"$request_id","hostname":"$hostname"}'
proxy_access_log = /dev/stdout token_tax`,
    docs: 'https://developer.konghq.com/gateway/configuration/',
    sample:
      '{"msec":"1772446530.123","request_method":"POST","uri":"/oauth2/token","host":"auth.example.com","status":"200","body_bytes_sent":"1184","request_time":"0.014","upstream_response_time":"0.013","remote_addr":"10.20.0.7","http_x_consumer_username":"orders-gw","http_user_agent":"orders-gw/4.2","request_id":"9f2c1a7be04d4c53a1f0de5b8c6a7712","hostname":"gw-1"}',
    readAs: 'nginx-json',
  },
  {
    id: 'traefik',
    name: 'Traefik',
    formats: ['traefik'],
    says: 'Write JSON, which has the time of the back end (OriginDuration) and stamps of nanoseconds, and keep the headers that tell the user agent and the request; Traefik drops all headers unless told. ClientUsername is the OAuth client where it authenticates with HTTP Basic.',
    directive: `accessLog:
  format: json
  fields:
    defaultMode: keep
    headers:
      defaultMode: drop
      names:
        User-Agent: keep
        X-Request-Id: keep`,
    docs: 'https://doc.traefik.io/traefik/observe/logs-and-access-logs/',
    sample:
      '{"ClientAddr":"10.20.0.7:51888","ClientHost":"10.20.0.7","ClientUsername":"orders-gw","DownstreamContentSize":1184,"DownstreamStatus":200,"Duration":14000000,"OriginDuration":13000000,"Overhead":1000000,"RequestHost":"auth.example.com","RequestMethod":"POST","RequestPath":"/oauth2/token","RouterName":"auth@file","StartUTC":"2026-03-02T10:15:30.123Z","entryPointName":"websecure","level":"info","msg":"","request_User-Agent":"orders-gw/4.2","request_X-Request-Id":"r1","time":"2026-03-02T10:15:30Z"}',
    readAs: 'traefik-json',
  },
  {
    id: 'json',
    name: 'Anything else, as JSON lines',
    formats: [],
    says: 'One JSON object a line (here over several, to be read) with these names needs no flag. Leave out what there is not; other names are mapped with --map. In a log of an issuer, client_id, grant_type, scope and expires_in are worth more than all the rest.',
    directive: `{"start_time":"2026-03-02T10:15:30.123Z","method":"POST","path":"/oauth2/token",
 "host":"auth.example.com","status":200,"bytes":1184,"duration_ms":14,
 "upstream_ms":13,"client_ip":"10.20.0.7","client_id":"orders-gw",
 "user_agent":"orders-gw/4.2","request_id":"r1","node":"gw-1",
 "grant_type":"client_credentials","scope":"orders.read","expires_in":3600}`,
    docs: 'https://jsonlines.org/',
    sample:
      '{"start_time":"2026-03-02T10:15:30.123Z","method":"POST","path":"/oauth2/token","host":"auth.example.com","status":200,"bytes":1184,"duration_ms":14,"upstream_ms":13,"client_ip":"10.20.0.7","client_id":"orders-gw","user_agent":"orders-gw/4.2","request_id":"r1","node":"gw-1","grant_type":"client_credentials","scope":"orders.read","expires_in":3600}',
    readAs: 'json',
  },
];

/** For the gateways that write this format; without one, what any writer can do. */
export const adviceFor = (formatId: string): readonly GatewayAdvice[] => {
  const writers = gatewayAdvice.filter(({ formats }) =>
    formats.some((known) => formatId === known || (known !== 'clf' && formatId.startsWith(`${known}-`))),
  );
  return writers.length > 0 ? writers : gatewayAdvice.filter(({ id }) => id === 'json');
};
