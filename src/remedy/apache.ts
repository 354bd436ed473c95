/**
 * Apache httpd keeps nothing that a module of its own could fetch with a POST. What it can do: ask a program, one for the whole server, for
 * a line. The program keeps the token; Apache hands it one question at a time, so that nobody fetches twice.
 */
import { parsePolicy } from '../simulation/policy.js';
import { authority, endpointUrl, formBody, pythonString } from './escape.js';
import { CLIENT_ID_TO_FILL_IN, REFRESH_AHEAD, type Remedy, type RemedyContext } from './remedy.js';

const config = (
  context: RemedyContext,
): string => `# In the <VirtualHost> whose back end wants the token. Modules: rewrite, headers, proxy, proxy_http.
# The program runs as long as Apache does, as the user that is named last; the file with the secret must be readable by that user alone.
RewriteEngine On
RewriteMap token-tax "prg:${context.places.programFile}" ${context.places.programUser}
RewriteRule ^ - [E=SERVICE_TOKEN:\${token-tax:token}]
RewriteCond %{ENV:SERVICE_TOKEN} ^$
RewriteRule ^ - [R=503,L]
RequestHeader set Authorization "Bearer %{SERVICE_TOKEN}e"
# Never "LogLevel rewrite:trace5" or higher: it writes what a map answered, which is the token.
`;

const program = (context: RemedyContext): string => `#!/usr/bin/env python3
"""Answers each line with the service token, or NULL. Apache asks one question at a time, so a fetch is shared by all who wait.

Late in its life the token is renewed in the background. Neither the secret nor a token is ever written but to Apache.
"""
import base64
import json
import re
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

URL = ${pythonString(endpointUrl(context.tokenEndpoint))}
BODY = ${pythonString(formBody(context))}.encode()
CLIENT_ID = ${pythonString(context.clientId ?? CLIENT_ID_TO_FILL_IN)}
SECRET_FILE = ${pythonString(context.places.secretFile)}
MARGIN = ${context.marginMs / 1000}  # s before the end of its life at which a token is no longer used
REFRESH_AT = ${REFRESH_AHEAD}  # share of the life after which it is renewed in the background
DEFAULT_LIFE = ${(context.lifetimeMs ?? 300_000) / 1000}  # s, of a response without expires_in
TIMEOUT = 5  # s
LONGEST_PAUSE = 5  # s between attempts while the issuer fails


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """The secret goes to the token endpoint and nowhere else."""

    def redirect_request(self, *_):
        return None


class Tokens:
    def __init__(self):
        self.opener = urllib.request.build_opener(NoRedirect)
        self.lock = threading.Lock()
        self.token, self.use_until, self.fresh_until = None, 0.0, 0.0
        self.failures, self.pause_until = 0, 0.0

    def ask(self):
        with open(SECRET_FILE, encoding="utf-8") as file:
            secret = file.readline().rstrip("\\r\\n")
        pair = ":".join(urllib.parse.quote(part, safe="") for part in (CLIENT_ID, secret))
        request = urllib.request.Request(URL, data=BODY, method="POST")
        request.add_header("Authorization", "Basic " + base64.b64encode(pair.encode()).decode())
        request.add_header("Accept", "application/json")
        request.add_header("Content-Type", "application/x-www-form-urlencoded")
        with self.opener.open(request, timeout=TIMEOUT) as response:
            answer = json.loads(response.read(65536))
        token = answer["access_token"]
        if not re.fullmatch(r"[A-Za-z0-9._~+/-]+=*", token):
            raise ValueError("not a token")
        return token, float(answer.get("expires_in", DEFAULT_LIFE))

    def fetch(self):
        """The caller holds the lock."""
        try:
            sent = time.monotonic()
            token, life = self.ask()
            self.use_until = sent + life - min(MARGIN, life / 2)
            self.fresh_until = min(self.use_until, time.monotonic() + life * REFRESH_AT)
            self.token, self.failures, self.pause_until = token, 0, 0.0
        except Exception as error:  # whatever it is, Apache goes on asking
            self.failures += 1
            pause = min(2 ** (self.failures - 1), LONGEST_PAUSE)
            if isinstance(error, urllib.error.HTTPError) and (error.headers.get("Retry-After") or "").isdigit():
                pause = max(pause, min(int(error.headers["Retry-After"]), 30))
            self.pause_until = time.monotonic() + pause
            status = getattr(error, "code", type(error).__name__)
            print("token fetch failed: %s" % status, file=sys.stderr, flush=True)

    def renew(self):
        try:
            self.fetch()
        finally:
            self.lock.release()

    def current(self):
        now = time.monotonic()
        if self.token is not None and now < self.use_until:
            if now >= self.fresh_until and now >= self.pause_until and self.lock.acquire(blocking=False):
                threading.Thread(target=self.renew, daemon=True).start()
            return self.token
        with self.lock:
            now = time.monotonic()
            if (self.token is None or now >= self.use_until) and now >= self.pause_until:
                self.fetch()
            return self.token if self.token is not None and time.monotonic() < self.use_until else None


tokens = Tokens()
for _ in sys.stdin:
    print(tokens.current() or "NULL", flush=True)
`;

export const apache: Remedy = {
  id: 'apache',
  title: 'Apache httpd: a program behind a RewriteMap keeps the token',
  aliases: ['httpd', 'apache2', 'apache-httpd'],
  docs: 'https://httpd.apache.org/docs/2.4/rewrite/rewritemap.html#prg',
  policy: ({ marginMs }) => parsePolicy(`node,single-flight,margin=${marginMs}ms,refresh-ahead=${REFRESH_AHEAD * 100}%`),
  overshootPerStretch: 0,
  files: (context) => [
    { name: 'token-tax-map', language: 'python', text: program(context), certainty: 'proven' },
    { name: 'token-tax.conf', language: 'apache', text: config(context), certainty: 'proven' },
  ],
  risks: () => [
    'Apache asks the program one question at a time: all requests of the virtual host stand in one line, and wait together when there is no token to hand out.',
    'A revoked token is used until its life ends: the program does not see what back ends answer.',
    'The token is in the environment of the request: do not run CGI programs or SSI in the same virtual host.',
    'A restart or reload starts a new program without a token: one fetch more for each. Each virtual host with this map has a program, and a token, of its own.',
  ],
  verify: (context) =>
    [
      'apachectl configtest',
      `# Then, in the log of ${authority(context.tokenEndpoint)}: one token request of this node for each life of a token.`,
      'token-tax analyze GATEWAY.LOG ISSUER.LOG',
    ].join('\n'),
  notes: [
    'No module of Apache can keep a token that must be fetched with a POST: mod_cache stores answers to GET alone. The program (Python 3, nothing but its standard library) is that cache.',
    'After 80 % of its life the token is renewed in the background: no request waits for that.',
    'While the issuer fails it is asked after 1, 2, 4, then every 5 s (or as its Retry-After says); a token is used to its margin and not longer, then requests are answered 503.',
    'For several gateways on one machine, or many thousand requests a second, use the internal endpoint of nginx and let the program read from that.',
  ],
};
