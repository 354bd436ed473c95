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
  /** A line as the directive writes it; null where the fields are fixed, and it only switches the log on. */
  readonly sample: string | null;
  /** What such a line cannot tell, whatever is configured. */
  readonly lacks?: readonly ('milliseconds' | 'bytes' | 'client' | 'user agent' | 'upstream')[];
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
    id: 'apisix',
    name: 'Apache APISIX',
    formats: ['apisix'],
    says: 'APISIX is nginx: give its access log keys of your own. X-Consumer-Username is the consumer, once an authentication plugin has found it. The logger plugins write JSON without that, but know the consumer too.',
    directive: `nginx_config:
  http:
    access_log_format_escape: json
    access_log_format: '{"msec":"$msec","request_method":"$request_method","uri":"$uri","host":"$host","status":"$status","body_bytes_sent":"$body_bytes_sent","request_time":"$request_time","upstream_response_time":"$upstream_response_time","remote_addr":"$remote_addr","http_x_consumer_username":"$http_x_consumer_username","http_user_agent":"$http_user_agent","request_id":"$request_id","hostname":"$hostname"}'`,
    docs: 'https://apisix.apache.org/docs/apisix/customize-nginx-configuration/',
    sample:
      '{"msec":"1772446530.123","request_method":"POST","uri":"/oauth2/token","host":"auth.example.com","status":"200","body_bytes_sent":"1184","request_time":"0.014","upstream_response_time":"0.013","remote_addr":"10.20.0.7","http_x_consumer_username":"orders-gw","http_user_agent":"orders-gw/4.2","request_id":"9f2c1a7be04d4c53a1f0de5b8c6a7712","hostname":"gw-1"}',
    readAs: 'nginx-json',
  },
  {
    id: 'caddy',
    name: 'Caddy',
    formats: ['caddy'],
    says: 'The JSON log has milliseconds, the duration and the user of basic_auth; what it lacks is the time of the back end, which log_append (2.8 and later) adds. A query is logged: filter it out where it may hold secrets.',
    directive: `log {
  format filter {
    wrap json
    fields {
      request>uri regexp "\\?.*" ""
    }
  }
}
log_append upstream_latency_ms {http.reverse_proxy.upstream.latency_ms}`,
    docs: 'https://caddyserver.com/docs/caddyfile/directives/log_append',
    sample:
      '{"level":"info","ts":1772446530.123,"logger":"http.log.access.log0","msg":"handled request","request":{"remote_ip":"10.20.0.7","remote_port":"51888","client_ip":"10.20.0.7","proto":"HTTP/1.1","method":"POST","host":"auth.example.com","uri":"/oauth2/token","headers":{"User-Agent":["orders-gw/4.2"]}},"bytes_read":96,"user_id":"orders-gw","duration":0.014,"size":1184,"status":200,"resp_headers":{},"upstream_latency_ms":13}',
    readAs: 'caddy',
  },
  {
    id: 'squid',
    name: 'Squid',
    formats: ['squid'],
    says: 'Log milliseconds, the time of the origin (%<tt), the user agent and who authenticated. strip_query_terms, on by default, leaves queries out: keep it on. What goes through CONNECT is seen as one tunnel only.',
    directive: `logformat token_tax {"time":"%ts.%03tu","method":"%rm","url":"%ru","status":"%>Hs","bytes":"%<st","duration_ms":"%tr","upstream_ms":"%<tt","client_ip":"%>a","client_id":"%un","user_agent":"%{User-Agent}>h","cache":"%Ss"}
access_log daemon:/var/log/squid/token-tax.log token_tax`,
    docs: 'https://www.squid-cache.org/Doc/config/logformat/',
    sample:
      '{"time":"1772446530.123","method":"POST","url":"http://auth.example.com/oauth2/token","status":"200","bytes":"1184","duration_ms":"14","upstream_ms":"13","client_ip":"10.20.0.7","client_id":"orders-gw","user_agent":"orders-gw/4.2","cache":"TCP_MISS"}',
    readAs: 'json',
  },
  {
    id: 'varnish',
    name: 'Varnish',
    formats: ['varnish'],
    says: 'Log milliseconds, microseconds of duration, and whether it was a hit; -j escapes values for JSON. time_firstbyte is an upper bound of the time of the back end. %U leaves the query out. Log the side of the clients (-c, the default) alone.',
    directive: `varnishncsa -j -F '{"start_time":"%{msec}t","method":"%m","path":"%U","host":"%{Host}i","status":"%s","bytes":"%b","duration_us":"%D","upstream_s":"%{Varnish:time_firstbyte}x","client_ip":"%h","client_id":"%u","user_agent":"%{User-agent}i","cache":"%{Varnish:hitmiss}x","request_id":"%{Varnish:vxid}x"}'`,
    docs: 'https://varnish-cache.org/docs/trunk/reference/varnishncsa.html',
    sample:
      '{"start_time":"1772446530123","method":"POST","path":"/oauth2/token","host":"auth.example.com","status":"200","bytes":"1184","duration_us":"14000","upstream_s":"0.013","client_ip":"10.20.0.7","client_id":"orders-gw","user_agent":"orders-gw/4.2","cache":"miss","request_id":"32770"}',
    readAs: 'json',
  },
  {
    id: 'iis',
    name: 'IIS and ARR',
    formats: ['w3c'],
    says: 'Switch on the time taken, the user agent, the host and the name of the computer, for all sites. Stamps stay whole seconds, and the time of a back end is not logged: what needs the order within a second stays undecided.',
    directive: `%windir%\\system32\\inetsrv\\appcmd.exe set config -section:system.applicationHost/sites ^
  /siteDefaults.logFile.logExtFileFlags:"Date,Time,ClientIP,UserName,ComputerName,Method,UriStem,HttpStatus,BytesSent,TimeTaken,UserAgent,Host" ^
  /commit:apphost`,
    docs: 'https://learn.microsoft.com/iis/configuration/system.applicationhost/sites/sitedefaults/logfile/',
    sample: `#Software: Microsoft Internet Information Services 10.0
#Fields: date time s-computername cs-method cs-uri-stem cs-username c-ip cs(User-Agent) cs-host sc-status sc-bytes time-taken
2026-03-02 10:15:30 GW-1 POST /oauth2/token orders-gw 10.20.0.7 orders-gw/4.2 auth.example.com 200 1184 14`,
    readAs: 'w3c',
    lacks: ['milliseconds', 'upstream'],
  },
  {
    id: 'tyk',
    name: 'Tyk',
    formats: ['tyk'],
    says: 'Switch on the access log, off by default, as JSON. Its stamps are whole seconds and it has no size; the key of the client is masked, which is enough to tell clients apart. Analytics records, from a pump, have milliseconds and the OAuth client (oauth_id).',
    directive: `{
  "log_format": "json",
  "access_logs": { "enabled": true }
}`,
    docs: 'https://tyk.io/docs/api-management/logs-metrics/',
    sample:
      '{"api_id":"auth","api_key":"****9f2c","client_ip":"10.20.0.7","host":"auth.example.com","latency_gateway":1,"latency_total":14,"level":"info","message":"","method":"POST","path":"/oauth2/token","prefix":"access-log","protocol":"HTTP/1.1","remote_addr":"10.20.0.7:40112","status":200,"time":"2026-03-02T10:15:30Z","upstream_addr":"https://10.30.1.11:8443/oauth2/token","upstream_latency":13,"user_agent":"orders-gw/4.2"}',
    readAs: 'tyk',
    lacks: ['milliseconds', 'bytes', 'client'],
  },
  {
    id: 'gravitee',
    name: 'Gravitee APIM',
    formats: ['gravitee'],
    says: 'The file reporter writes a JSON record for each request, with milliseconds, both durations, the application and the plan. A callout of a policy is not logged by itself: it is in the time of the gateway.',
    directive: `reporters:
  file:
    enabled: true
    fileName: \${gravitee.home}/metrics/%s-yyyy_mm_dd
    output: json`,
    docs: 'https://documentation.gravitee.io/apim/analyze-and-monitor-apis/reporters/file-reporter',
    sample:
      '{"timestamp":1772446530123,"enabled":true,"requestId":"1b2c3d4e-0000-4000-8000-000000000002","transactionId":"1b2c3d4e-0000-4000-8000-000000000002","apiId":"api-auth","apiName":"Auth","apiType":"proxy","planId":"plan-oauth2","applicationId":"orders-gw","httpMethod":"POST","localAddress":"10.40.0.5","remoteAddress":"10.20.0.7","host":"auth.example.com","uri":"/oauth2/token","pathInfo":"","userAgent":"orders-gw/4.2","requestContentLength":96,"requestEnded":true,"entrypointId":"http-proxy","endpoint":"http://10.30.1.11:8080/oauth2/token","endpointResponseTimeMs":13,"status":200,"responseContentLength":1184,"gatewayResponseTimeMs":14,"gatewayLatencyMs":1}',
    readAs: 'gravitee',
  },
  {
    id: 'krakend',
    name: 'KrakenD and other Gin services',
    formats: ['gin'],
    says: 'The lines of Gin have no client, no user agent and whole seconds, and cannot be given more. Traces have all of it: export them by OTLP to a collector whose file exporter writes JSON, which is read here, and which shows a call to a token endpoint as a span of its own. Or log at the proxy in front.',
    directive: `"extra_config": {
  "telemetry/opentelemetry": {
    "service_name": "krakend",
    "exporters": { "otlp": [{ "name": "local", "host": "localhost", "port": 4317, "use_http": false }] }
  }
}`,
    docs: 'https://www.krakend.io/docs/telemetry/opentelemetry/',
    sample: null,
    readAs: 'otlp',
  },
  {
    id: 'spring',
    name: 'Spring Cloud Gateway (reactor-netty)',
    formats: ['reactor-netty'],
    says: 'Give the access log of reactor-netty (1.0.6 and later) a line of your own: the usual one has whole seconds and a number without a unit. The path is cut before its query, which may hold secrets. Calls of WebClient are not in it; with traces they are spans of their own.',
    directive: `@Bean
WebServerFactoryCustomizer<NettyReactiveWebServerFactory> accessLog() {
  return factory -> factory.addServerCustomizers(server -> server.accessLog(true, a -> AccessLog.create(
    "{\\"start_time\\":\\"{}\\",\\"method\\":\\"{}\\",\\"path\\":\\"{}\\",\\"status\\":\\"{}\\",\\"bytes\\":\\"{}\\",\\"duration_ms\\":\\"{}\\",\\"client_ip\\":\\"{}\\",\\"client_id\\":\\"{}\\",\\"user_agent\\":\\"{}\\"}",
    a.accessDateTime().toInstant(), a.method(), a.uri().toString().replaceFirst("[?].*", ""), a.status(), a.contentLength(), a.duration(),
    ((InetSocketAddress) a.connectionInformation().remoteAddress()).getAddress().getHostAddress(), a.user(), a.requestHeader("User-Agent"))));
}`,
    docs: 'https://projectreactor.io/docs/netty/release/reference/http-server.html',
    sample:
      '{"start_time":"2026-03-02T10:15:30.123Z","method":"POST","path":"/oauth2/token","status":"200","bytes":"1184","duration_ms":"14","client_ip":"10.20.0.7","client_id":"orders-gw","user_agent":"orders-gw/4.2"}',
    readAs: 'json',
    lacks: ['upstream'],
  },
  {
    id: 'aws-apigw',
    name: 'AWS API Gateway',
    formats: ['aws-apigw'],
    says: 'Set the access log format of the stage. requestTimeEpoch has milliseconds, requestTime has not. The client is the principal of the authorizer; where clients send API keys, add "apiKeyId":"$context.identity.apiKeyId". $context.path has no query.',
    directive: `{"requestId":"$context.requestId","extendedRequestId":"$context.extendedRequestId","ip":"$context.identity.sourceIp","requestTime":"$context.requestTime","requestTimeEpoch":"$context.requestTimeEpoch","httpMethod":"$context.httpMethod","resourcePath":"$context.resourcePath","path":"$context.path","status":"$context.status","responseLength":"$context.responseLength","responseLatency":"$context.responseLatency","integrationLatency":"$context.integrationLatency","principalId":"$context.authorizer.principalId","userAgent":"$context.identity.userAgent"}`,
    docs: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html',
    sample:
      '{"requestId":"3f1d2c4b-0000-4000-8000-000000000001","extendedRequestId":"aBcDeFgHoEEFxyz=","ip":"10.20.0.7","requestTime":"02/Mar/2026:10:15:30 +0000","requestTimeEpoch":"1772446530123","httpMethod":"POST","resourcePath":"/oauth2/token","path":"/oauth2/token","status":"200","responseLength":"1184","responseLatency":"14","integrationLatency":"13","principalId":"orders-gw","userAgent":"orders-gw/4.2"}',
    readAs: 'aws-apigw',
  },
  {
    id: 'aws-elb',
    name: 'AWS load balancers and CloudFront',
    formats: ['aws-alb', 'aws-elb', 'cloudfront'],
    says: 'AWS has fixed the fields: there is no client in them, and nothing can be added. Switch the log on, and read it together with the log of the gateway behind it or of the issuer, which know who asked.',
    directive: `aws elbv2 modify-load-balancer-attributes --load-balancer-arn ARN \\
  --attributes Key=access_logs.s3.enabled,Value=true Key=access_logs.s3.bucket,Value=BUCKET`,
    docs: 'https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html',
    sample: null,
    readAs: 'aws-alb',
  },
  {
    id: 'azure-apim',
    name: 'Azure API Management',
    formats: ['azure-apim'],
    says: 'Send the category GatewayLogs to a storage account, and name User-Agent among the headers to log in the diagnostic settings of the API. The client is the subscription. send-request is not logged: it is what is left of the duration when the back end and the client are taken off.',
    directive: `az monitor diagnostic-settings create --name token-tax --resource APIM_RESOURCE_ID \\
  --storage-account STORAGE_ACCOUNT_ID --logs '[{"category":"GatewayLogs","enabled":true}]'`,
    docs: 'https://learn.microsoft.com/azure/api-management/monitor-api-management',
    sample:
      '{"Level":4,"isRequestSuccess":true,"time":"2026-03-02T10:15:30.1230000Z","operationName":"Microsoft.ApiManagement/GatewayLogs","category":"GatewayLogs","durationMs":14,"callerIpAddress":"10.20.0.7","correlationId":"1b2c3d4e-0000-4000-8000-000000000001","location":"West Europe","properties":{"method":"POST","url":"https://auth.example.com/oauth2/token","backendResponseCode":200,"responseCode":200,"responseSize":1184,"cache":"none","backendTime":13,"requestSize":410,"apiId":"auth","operationId":"token","apimSubscriptionId":"orders-gw","clientTime":0,"clientProtocol":"HTTP/1.1"}}',
    readAs: 'azure-apim',
    lacks: ['user agent'],
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
