/** Made from docs/rules/*.md by `npm run docs`: change the pages, not this file. */
import type { RulePage } from './rule-page.js';

export const rulePages: readonly RulePage[] = [
  {
    "code": "TT101",
    "title": "no cache",
    "sections": [
      {
        "heading": "What it means",
        "text": "Nobody keeps the token. The gateway asks the token endpoint on every request that needs one, and throws the answer away."
      },
      {
        "heading": "What it costs",
        "text": "One fetch and its round trip in front of every call; a connection held for as long as the fetch takes; the rate limit of the issuer used up by traffic that it need not see; and an issuer that is down takes every call with it. Where tokens are metered, each call buys one."
      },
      {
        "heading": "How it looks",
        "text": "About as many fetches as requests, each inside or just before one request; the gaps between fetches follow the traffic, not the lifetime. At night there are few of both.\n\n```text\n2026-03-02T09:31:07.114Z gw-1 orders-api \"POST /oauth2/token\" 200 0.041\n2026-03-02T09:31:07.160Z gw-1 orders-api \"GET /orders/17\"     200 0.012\n2026-03-02T09:31:07.398Z gw-1 orders-api \"POST /oauth2/token\" 200 0.038\n2026-03-02T09:31:07.441Z gw-1 orders-api \"GET /orders/18\"     200 0.011\n```"
      },
      {
        "heading": "Usual causes",
        "text": "- A callout policy or script without a cache: Gravitee HTTP Callout, Apigee ServiceCallout, Azure API Management `send-request`, Lua or njs that fetches by itself.\n- A client object that is built for every request, so that its cache dies with it.\n- A cache that is there and switched off: Apache Camel has `oauth2CacheTokens=false` by default.\n- Expiry computed in the wrong unit (milliseconds against seconds), so that every token looks old."
      },
      {
        "heading": "Fix",
        "text": "Keep the token until `expires_in` less a margin, one entry for each endpoint, client, scope and audience, with one fetch in flight at a time. Use the cache the gateway has; where it only has a response cache, put an internal endpoint in front of the issuer that caches the whole token response (loopback). See [remedies by gateway](README.md#remedies-by-gateway)."
      },
      {
        "heading": "False alarms",
        "text": "- A margin above the lifetime (TT104) looks the same; there the lifetime is short, or it began when the lifetime changed.\n- A cache per end user (TT114) with users who call once looks the same; there the fetches follow users, not requests.\n- Many short-lived jobs (TT112) each fetch once; there the callers differ.\n- Requests to a loopback that answers from its cache are no fetches. Name its log with `--loopback`."
      },
      {
        "heading": "Fields it needs",
        "text": "The time and status of fetches, and the client or the caller. The requests of the gateway (its log beside the issuer's) make it certain; without them only the lifetime tells it apart from slow traffic."
      },
      {
        "heading": "Seen in public",
        "text": "ory/oathkeeper#870, camunda/connectors#6690, OpenAPITools/openapi-generator#13339 (wrong unit), drmhse.com: \"Is Your API Gateway Burning 800ms on Every Request?\""
      }
    ]
  },
  {
    "code": "TT102",
    "title": "more than one fetch per request",
    "sections": [
      {
        "heading": "What it means",
        "text": "Each request fetches twice or more: two filters authorise it, or it needs two upstream tokens and keeps none of them."
      },
      {
        "heading": "What it costs",
        "text": "As without a cache, times the number of fetches. The waits add up where one comes after the other."
      },
      {
        "heading": "How it looks",
        "text": "A whole number of fetches (2, 3) inside one request, in most requests. The ratio of fetches to requests is that number and does not change with the traffic.\n\n```text\n2026-03-02T09:31:07.101Z gw-1 orders-api \"POST /oauth2/token\" 200 0.040\n2026-03-02T09:31:07.143Z gw-1 orders-api \"POST /oauth2/token\" 200 0.039\n2026-03-02T09:31:07.099Z gw-1 orders-api \"GET /orders/17\"     200 0.101\n```"
      },
      {
        "heading": "Usual causes",
        "text": "- The filter that adds the token is registered twice: for the route and globally.\n- An access filter fetches, then a retry or a second client in the same chain fetches again.\n- The request calls two back ends and each call asks for its own token of the same scope."
      },
      {
        "heading": "Fix",
        "text": "Remove the second filter, then give the one that stays a cache. See [remedies by gateway](README.md#remedies-by-gateway)."
      },
      {
        "heading": "False alarms",
        "text": "- A 400 or 401 and then a 200 is one fetch with a DPoP nonce, or with a client authentication style that is tried first. It is one failed and one ok, never a cause.\n- Two fetches of different scope or audience are two keys. Where the log shows no scope, it cannot be told.\n- One fetch that two logs show is one fetch; it is counted once."
      },
      {
        "heading": "Fields it needs",
        "text": "A request or trace id in both logs, or stamps of a millisecond or so and the node; the scope, to exclude two different tokens."
      },
      {
        "heading": "Seen in public",
        "text": "spring-projects/spring-security#11615"
      }
    ]
  },
  {
    "code": "TT103",
    "title": "no single flight",
    "sections": [
      {
        "heading": "What it means",
        "text": "There is a cache, but when the token runs out everyone who is waiting fetches for himself. The first answer would have done for all."
      },
      {
        "heading": "What it costs",
        "text": "Few fetches over the day, all at once: `1 + requests per second x seconds of a fetch` for every lifetime and node. Fifty requests a second and a fetch of 0.8 s make 41. The burst is what a rate limit sees."
      },
      {
        "heading": "How it looks",
        "text": "Two or more fetches of one key by one holder in flight at the same time, at each expiry and at the start, then none for a whole life.\n\n```text\n2026-03-02T10:00:00.004Z gw-1 orders-api \"POST /oauth2/token\" 200 0.212\n2026-03-02T10:00:00.019Z gw-1 orders-api \"POST /oauth2/token\" 200 0.230\n2026-03-02T10:00:00.051Z gw-1 orders-api \"POST /oauth2/token\" 200 0.207\n2026-03-02T10:59:00.012Z gw-1 orders-api \"POST /oauth2/token\" 200 0.219\n2026-03-02T10:59:00.020Z gw-1 orders-api \"POST /oauth2/token\" 200 0.226\n```"
      },
      {
        "heading": "Usual causes",
        "text": "- A cache with get and set but no lock: the Gravitee cache, Apigee LookupCache and PopulateCache, Azure API Management `cache-store-value` (which is asynchronous as well).\n- nginx `proxy_cache_lock`, which covers the first fill only: when the entry expires, several requests go through at once.\n- Threads of one process that each see the token run out."
      },
      {
        "heading": "Fix",
        "text": "Share the fetch that is in flight (a lock or a promise per key), or refresh in the background before the end, so that nobody finds an empty cache. Let waiters share the failure too. See [remedies by gateway](README.md#remedies-by-gateway)."
      },
      {
        "heading": "False alarms",
        "text": "- Several workers behind one address, each with a cache of its own (TT106), also fetch at about one time. There the number is constant; here it follows the traffic and the time a fetch takes.\n- Nodes that expire together (TT107) are several holders; here it is one."
      },
      {
        "heading": "Fields it needs",
        "text": "Stamps finer than a fetch takes (milliseconds), durations, and the node. With stamps of a second it cannot be decided."
      },
      {
        "heading": "Seen in public",
        "text": "spring-projects/spring-security#14123 (20 at once), AzureAD MSAL.NET#2329, AthenZ/athenz#3329, openfga/js-sdk#332"
      }
    ]
  },
  {
    "code": "TT104",
    "title": "refresh margin >= lifetime",
    "sections": [
      {
        "heading": "What it means",
        "text": "The client has a cache, but treats every new token as already old: its margin is as long as the token lives, or longer."
      },
      {
        "heading": "What it costs",
        "text": "One fetch per call, plus the wait, as if there were no cache."
      },
      {
        "heading": "How it looks",
        "text": "Each token is used once; the gaps between fetches are far below the lifetime; the lifetime is short (60 s, 300 s). It often began at one moment, with a change of the lifetime or of a library. Before that, tokens were reused.\n\n```text\n2026-03-02T09:12:40.310Z b-1 billing \"POST /token\" 200 expires_in=3600\n2026-03-02T09:14:02.118Z b-1 billing \"POST /token\" 200 expires_in=300\n2026-03-02T09:14:04.207Z b-1 billing \"POST /token\" 200 expires_in=300\n2026-03-02T09:14:04.931Z b-1 billing \"POST /token\" 200 expires_in=300\n```"
      },
      {
        "heading": "Usual causes",
        "text": "- A fixed margin (60 s in Spring Security and Duende, 225 s in clients of the GCP metadata server, 300 s with random in others) against a token that lives no longer.\n- A margin that is subtracted twice, or written in the wrong unit.\n- A clock that runs ahead by more than the lifetime."
      },
      {
        "heading": "Fix",
        "text": "Derive the margin from the lifetime: about 10 % of it, never more than 60 s, subtracted once. Or let the issuer hand out longer tokens. See [remedies by gateway](README.md#remedies-by-gateway)."
      },
      {
        "heading": "False alarms",
        "text": "- No cache at all (TT101) looks the same from one log. It is TT104 where the same client reused tokens before, or reuses those of another scope that live longer, or where the lifetime is below a known margin and requests that come during a fetch wait for it, which a client without a cache does not make them do. Where traffic is too thin to show that, TT101 is said, and TT104 beside it.\n- Lifetimes that differ by scope: look at the lifetime of the key first."
      },
      {
        "heading": "Fields it needs",
        "text": "The lifetime (`expires_in` in the log, or `--lifetime`), the time of fetches, the client. Demand excludes slow traffic."
      },
      {
        "heading": "Seen in public",
        "text": "SolaceProducts/solace-broker-mcp#395, transip/gotransip#29, openfga/java-sdk#388"
      }
    ]
  },
  {
    "code": "TT105",
    "title": "fragmented cache key",
    "sections": [
      {
        "heading": "What it means",
        "text": "The cache works, but its key holds too much: one client has many entries for what is one token. Each entry is kept properly, and each is fetched for itself."
      },
      {
        "heading": "What it costs",
        "text": "Fetches times the number of entries: 20 back ends with one client are 20 fetches per life and node instead of one."
      },
      {
        "heading": "How it looks",
        "text": "One client, many routes, back ends or scope strings; each has its fetch once per lifetime. The fetches of a life equal the number of routes or entries, not the number of nodes and not the requests.\n\n```text\n2026-03-02T09:00:01.204Z kd-1 gw \"POST /oauth2/token\" 200 scope=a+b for=/orders\n2026-03-02T09:00:03.551Z kd-1 gw \"POST /oauth2/token\" 200 scope=a+b for=/stock\n2026-03-02T09:00:04.790Z kd-1 gw \"POST /oauth2/token\" 200 scope=b+a for=/users\n2026-03-02T09:59:52.007Z kd-1 gw \"POST /oauth2/token\" 200 scope=a+b for=/orders\n```"
      },
      {
        "heading": "Usual causes",
        "text": "- One token source for each back-end block (KrakenD), or the id of the API in the key (Tyk).\n- Gravitee `scope=APPLICATION`, which gives every consumer an entry of its own.\n- Scopes that are not sorted; a request id, a time or a client assertion in the key."
      },
      {
        "heading": "Fix",
        "text": "Key by token endpoint, client, sorted scopes and audience, and by nothing else. Where the gateway cannot share between APIs, put one loopback in front of all. See [remedies by gateway](README.md#remedies-by-gateway)."
      },
      {
        "heading": "False alarms",
        "text": "- Different scopes or audiences are different tokens and are not flagged. With the scope not in the log it cannot be told.\n- The number of fetches per life may be the number of workers (TT106) instead of routes: then it does not change when a route is added."
      },
      {
        "heading": "Fields it needs",
        "text": "The client, and what tells the entries apart: scope, route or back end. The join with the gateway's log shows the routes, where stamps are finer than a second or both logs have the ids of requests; routes that share a back end are put together by who fetches while whose token is good."
      },
      {
        "heading": "Seen in public",
        "text": "KrakenD (one token source per back end), Tyk upstream OAuth (the key contains the API id); DuendeArchive/Support#1396 for a key that is too coarse"
      }
    ]
  },
  {
    "code": "TT106",
    "title": "each instance caches alone",
    "sections": [
      {
        "heading": "What it means",
        "text": "Every worker, process or pod keeps a token of its own. Each is well behaved; together they fetch as many tokens per life as there are of them."
      },
      {
        "heading": "What it costs",
        "text": "`instances` fetches for every lifetime. For tens of nodes and long lives it is little, and simple. With many workers, short lives, metered tokens or low limits it adds up."
      },
      {
        "heading": "How it looks",
        "text": "Fetches per lifetime equal the number of holders, steadily, whatever the traffic. From one address there may be several, one for each worker.\n\n```text\n2026-03-02T09:00:00.310Z 10.0.3.11 pid=21 orders \"POST /oauth2/token\" 200\n2026-03-02T09:00:00.922Z 10.0.3.11 pid=22 orders \"POST /oauth2/token\" 200\n2026-03-02T09:00:01.704Z 10.0.3.11 pid=23 orders \"POST /oauth2/token\" 200\n2026-03-02T09:54:00.350Z 10.0.3.11 pid=21 orders \"POST /oauth2/token\" 200\n```"
      },
      {
        "heading": "Usual causes",
        "text": "- Worker processes (nginx, gunicorn, Node clusters, `lua-load-per-thread`) with a cache in memory.\n- Sidecars: one cache for each pod."
      },
      {
        "heading": "Fix",
        "text": "Accept it, or share: memory that the workers of a node have in common (`lua_shared_dict`, an njs shared dictionary), or one cache for the fleet, encrypted, or a loopback. See [remedies by gateway](README.md#remedies-by-gateway)."
      },
      {
        "heading": "False alarms",
        "text": "- One fetch per node and life is what an ordinary cache does and is not flagged; what a shared one would save is printed beside it.\n- Nodes behind one address look like workers. The report says how many hidden holders would make it normal.\n- Bursts that grow with the traffic are TT103."
      },
      {
        "heading": "Fields it needs",
        "text": "The caller's node or address, better the worker or pod; the lifetime."
      },
      {
        "heading": "Seen in public",
        "text": "auth0/node-auth0#792"
      }
    ]
  },
  {
    "code": "TT107",
    "title": "synchronised expiry",
    "sections": [
      {
        "heading": "What it means",
        "text": "The holders fetch within the same second, life after life: they started together, or were cut to the same clock."
      },
      {
        "heading": "What it costs",
        "text": "No fetch too many, but all at once. The peak is what a rate limit sees, and one slow answer of the issuer is felt everywhere."
      },
      {
        "heading": "How it looks",
        "text": "The phases of the holders coincide: the fetches of different nodes lie within a small part of the lifetime, and go on doing so.\n\n```text\n2026-03-02T09:00:00.010Z gw-1 orders-api \"POST /oauth2/token\" 200 0.040\n2026-03-02T09:00:00.013Z gw-2 orders-api \"POST /oauth2/token\" 200 0.055\n2026-03-02T09:00:00.017Z gw-3 orders-api \"POST /oauth2/token\" 200 0.071\n2026-03-02T09:54:00.021Z gw-1 orders-api \"POST /oauth2/token\" 200 0.042\n2026-03-02T09:54:00.026Z gw-3 orders-api \"POST /oauth2/token\" 200 0.066\n```"
      },
      {
        "heading": "Usual causes",
        "text": "- A deploy or restart of all nodes, and no jitter in the margin.\n- A timer on the full hour; a shared expiry that all read from the same entry."
      },
      {
        "heading": "Fix",
        "text": "Add jitter: each node moves its refresh by a random part of the margin (10 % and more). See [remedies by gateway](README.md#remedies-by-gateway)."
      },
      {
        "heading": "False alarms",
        "text": "- A restart wave (TT113) is once; this goes on.\n- Several fetches of one holder at once are TT103.\n- With two holders it may be chance: it takes more of them, or several lives."
      },
      {
        "heading": "Fields it needs",
        "text": "The node, and stamps that are fine against the lifetime. With stamps of a second it cannot be decided for short lives."
      },
      {
        "heading": "Seen in public",
        "text": "MSAL.NET#2796 (a request for jitter)"
      }
    ]
  },
  {
    "code": "TT108",
    "title": "no lifetime in the token response",
    "sections": [
      {
        "heading": "What it means",
        "text": "The issuer does not say how long the token lives, so the client falls back on a default of its own."
      },
      {
        "heading": "What it costs",
        "text": "With a default of one second: a fetch on nearly every call. With 300 s against a token of an hour: twelve times too many. With \"for ever\": calls that fail until a restart."
      },
      {
        "heading": "How it looks",
        "text": "Constant gaps that are a client's default (1 s, 300 s, 3,600 s), and nothing in the responses to give another reason. Or, with a default below the margin, a fetch on each call.\n\n```text\n2026-03-02T09:00:00.100Z gw-1 orders \"POST /token\" 200 expires_in=-\n2026-03-02T09:05:00.131Z gw-1 orders \"POST /token\" 200 expires_in=-\n2026-03-02T09:10:00.118Z gw-1 orders \"POST /token\" 200 expires_in=-\n2026-03-02T09:15:00.160Z gw-1 orders \"POST /token\" 200 expires_in=-\n```"
      },
      {
        "heading": "Usual causes",
        "text": "- A home-grown token endpoint that leaves out `expires_in`, or writes it as text or in another member.\n- What clients do then: Spring Security takes one second; Kong, Apache Camel and lua-resty-openidc 3,600 s; Go treats the token as never expiring."
      },
      {
        "heading": "Fix",
        "text": "Let the issuer send `expires_in`, as RFC 6749 recommends. Until then set the default of the client to the real lifetime less a margin, or read `exp` of the token. See [remedies by gateway](README.md#remedies-by-gateway)."
      },
      {
        "heading": "False alarms",
        "text": "- A fixed cache time in the client (TT111) gives the same gaps although the response has a lifetime. It is TT111 where the log shows a lifetime. Where it has no such field, a time to live that can be little else than a client's default is taken for one.\n- A token that really lives that long is fetched at those gaps too."
      },
      {
        "heading": "Fields it needs",
        "text": "Whether the response had `expires_in` (logged by the issuer); the time of fetches; the node. Requests of the gateway's log tell how long a token was used, which bounds the time to live from below. A default of 1 s is not seen in stamps of whole seconds."
      },
      {
        "heading": "Seen in public",
        "text": "spring-security `OAuth2AccessTokenResponse.java` (one second), golang/oauth2 `token.go` (never expires)"
      }
    ]
  },
  {
    "code": "TT109",
    "title": "issuer hands out tokens that are almost over",
    "sections": [
      {
        "heading": "What it means",
        "text": "The issuer returns the token it has already given, with what is left of its life. A client that asks shortly before the end gets one that is nearly over, and soon asks again."
      },
      {
        "heading": "What it costs",
        "text": "Several fetches around each end instead of one, and calls that go out with a token that dies on the way."
      },
      {
        "heading": "How it looks",
        "text": "`expires_in` counts down from fetch to fetch, then jumps back to the full life; the fetches crowd together where it is small.\n\n```text\n2026-03-02T09:00:00.100Z gw-1 orders \"POST /token\" 200 expires_in=3600\n2026-03-02T09:59:10.204Z gw-1 orders \"POST /token\" 200 expires_in=50\n2026-03-02T09:59:40.377Z gw-1 orders \"POST /token\" 200 expires_in=20\n2026-03-02T10:00:00.512Z gw-1 orders \"POST /token\" 200 expires_in=3600\n```"
      },
      {
        "heading": "Usual causes",
        "text": "- WSO2 and others keep one live token for each client and scope, and return it until it ends.\n- A response cache in front of the issuer that repeats the stored answer, so that what is left is less than the answer says."
      },
      {
        "heading": "Fix",
        "text": "Let the issuer make a new token when less than the margin is left, or on every request. In a loopback with such an issuer take the time to live from the response, never a fixed one. See [remedies by gateway](README.md#remedies-by-gateway)."
      },
      {
        "heading": "False alarms",
        "text": "- Lifetimes that vary without counting down (Entra, 60 to 90 min) are healthy.\n- A margin above the lifetime (TT104) has a steady `expires_in`."
      },
      {
        "heading": "Fields it needs",
        "text": "`expires_in` as it was sent, in the log of the issuer."
      },
      {
        "heading": "Seen in public",
        "text": "WSO2 (`expires_in` counts down); golang/oauth2: the GCP metadata server returns the same token when it is asked early"
      }
    ]
  },
  {
    "code": "TT110",
    "title": "fetch loop after 401, 403, 429 or 5xx",
    "sections": [
      {
        "heading": "What it means",
        "text": "A failure leads to another fetch at once, and that to the next. Either the token endpoint fails and nobody backs off, or the back end refuses the token and each refusal throws a good token away."
      },
      {
        "heading": "What it costs",
        "text": "Load on an issuer that is already in trouble, a rate limit that stays exceeded, and locked clients. Other applications that share the limit lose their logins too."
      },
      {
        "heading": "How it looks",
        "text": "Runs of failed fetches (429, 5xx, 401) of one caller, faster than any back-off; or ok fetches that each come right after a 401 or 403 of the back end.\n\n```text\n2026-03-02T09:31:07.101Z gw-1 orders-api \"POST /oauth2/token\" 503 0.004\n2026-03-02T09:31:07.118Z gw-1 orders-api \"POST /oauth2/token\" 503 0.003\n2026-03-02T09:31:07.131Z gw-1 orders-api \"POST /oauth2/token\" 429 0.002\n2026-03-02T09:31:07.149Z gw-1 orders-api \"POST /oauth2/token\" 429 0.002\n```"
      },
      {
        "heading": "Usual causes",
        "text": "- A retry without back-off; `Retry-After` ignored; an error that is not kept for a second or two.\n- The wrong audience or scope: every token is refused, however new. Clock skew, or a key that was revoked.\n- A secret that was rotated on one side only."
      },
      {
        "heading": "Fix",
        "text": "Keep a failure for 1 to 5 s with growing back-off, respect `Retry-After`, evict only the token that was refused and at most once a minute. Then correct the secret, audience or clock. See [remedies by gateway](README.md#remedies-by-gateway)."
      },
      {
        "heading": "False alarms",
        "text": "- A 400 or 401 and then a 200 within a second is a DPoP nonce or the try of an authentication style.\n- Polling of the device flow answers 400 until the user has signed in, and is excluded.\n- One fetch after a 401 of the back end is right: a token may have been revoked. It counts as timely once a minute."
      },
      {
        "heading": "Fields it needs",
        "text": "The status and time of fetches; for refusals of the back end the gateway's log with its status."
      },
      {
        "heading": "Seen in public",
        "text": "opf/openproject#15802"
      }
    ]
  },
  {
    "code": "TT111",
    "title": "cache shorter than the token",
    "sections": [
      {
        "heading": "What it means",
        "text": "There is a cache and it holds the token for a fixed time that is well below the token's life."
      },
      {
        "heading": "What it costs",
        "text": "`lifetime / cache time` fetches where one would do: twelve for a cache of 300 s and a token of an hour."
      },
      {
        "heading": "How it looks",
        "text": "A constant gap between the fetches of a holder, whatever the traffic, and well below the usable life.\n\n```text\n2026-03-02T09:00:00.100Z gw-1 orders \"POST /token\" 200 expires_in=3600\n2026-03-02T09:05:00.131Z gw-1 orders \"POST /token\" 200 expires_in=3600\n2026-03-02T09:10:00.118Z gw-1 orders \"POST /token\" 200 expires_in=3600\n2026-03-02T09:15:00.160Z gw-1 orders \"POST /token\" 200 expires_in=3600\n```"
      },
      {
        "heading": "Usual causes",
        "text": "- A fixed time to live copied from a sample: 600 s in the Apigee and Gravitee defaults.\n- A library whose default wins over `expires_in`: Duende.AccessTokenManagement 4.0.1 kept tokens 5 minutes.\n- Time-to-idle or eviction of the cache below the life."
      },
      {
        "heading": "Fix",
        "text": "Set the time to live to `expires_in` less a margin, measured from before the request was sent. See [remedies by gateway](README.md#remedies-by-gateway)."
      },
      {
        "heading": "False alarms",
        "text": "- Gaps of half the life and more are refreshing ahead (Envoy refreshes at half) and are healthy.\n- A short cache time may be wanted, so that a revoked token is soon gone. Then it is a price, not a mistake.\n- A response without `expires_in` is TT108."
      },
      {
        "heading": "Fields it needs",
        "text": "The lifetime (`expires_in`, or `--lifetime`), the time of fetches, the node. Demand shows that the gap is not the traffic's."
      },
      {
        "heading": "Seen in public",
        "text": "DuendeSoftware/foss#287, DuendeSoftware/foss#298; the README of aws-samples/sample-cognito-m2m-token-cache-on-aws (a client that fetches every 5 minutes)"
      }
    ]
  },
  {
    "code": "TT112",
    "title": "cold start, short-lived job",
    "sections": [
      {
        "heading": "What it means",
        "text": "The caller lives shorter than the token: a cron job, a command line tool, a function. Its cache dies with it, so each start fetches."
      },
      {
        "heading": "What it costs",
        "text": "One fetch for every start, and its wait in the start-up time."
      },
      {
        "heading": "How it looks",
        "text": "Callers (pods, addresses, process ids) that appear, fetch once as the first thing they do, work, and are not seen again.\n\n```text\n2026-03-02T09:00:02.410Z job-7f2c reports \"POST /oauth2/token\" 200 0.052\n2026-03-02T09:00:02.470Z job-7f2c reports \"GET /ledger/2026\"   200 0.310\n2026-03-02T09:05:02.398Z job-91ab reports \"POST /oauth2/token\" 200 0.049\n2026-03-02T09:05:02.455Z job-91ab reports \"GET /ledger/2026\"   200 0.305\n```"
      },
      {
        "heading": "Usual causes",
        "text": "- Cron jobs, commands, Lambda functions that keep the token in the handler, not in the module.\n- Pods that are restarted often, or scaled to zero."
      },
      {
        "heading": "Fix",
        "text": "Keep the token where it outlives the process: a file for its owner only, a shared cache, the scope of the module in a function; or let one longer-lived worker do the jobs. See [remedies by gateway](README.md#remedies-by-gateway)."
      },
      {
        "heading": "False alarms",
        "text": "- A caller that goes on fetching is none of these.\n- A burst of new callers at one time is a deploy (TT113).\n- An address that changes (a NAT pool) makes one caller look like many."
      },
      {
        "heading": "Fields it needs",
        "text": "Something that tells callers apart: pod, instance, process or address."
      },
      {
        "heading": "Seen in public",
        "text": "rodchristiansen/asbmutil#2, camunda/camunda#3009, camunda/camunda#3063"
      }
    ]
  },
  {
    "code": "TT113",
    "title": "restart or deploy wave",
    "sections": [
      {
        "heading": "What it means",
        "text": "Many holders fetched at about the same time although their tokens were still good: they were restarted, and their caches were empty."
      },
      {
        "heading": "What it costs",
        "text": "One fetch for each holder and wave. The peak matters more than the sum."
      },
      {
        "heading": "How it looks",
        "text": "A burst across holders, each once, early in the life of the token before; then the usual rhythm again.\n\n```text\n2026-03-02T14:02:11.003Z gw-1 orders-api \"POST /oauth2/token\" 200 0.044\n2026-03-02T14:02:19.870Z gw-2 orders-api \"POST /oauth2/token\" 200 0.041\n2026-03-02T14:02:31.415Z gw-3 orders-api \"POST /oauth2/token\" 200 0.047\n2026-03-02T14:02:40.102Z gw-4 orders-api \"POST /oauth2/token\" 200 0.040\n```"
      },
      {
        "heading": "Usual causes",
        "text": "- A rolling deploy; a change of configuration that empties the caches; a crash loop.\n- A rotation of keys after which all tokens are refused."
      },
      {
        "heading": "Fix",
        "text": "Nothing, if it is rare. Else stagger restarts, keep the cache across reloads (shared memory, a shared cache), warm it up. See [remedies by gateway](README.md#remedies-by-gateway)."
      },
      {
        "heading": "False alarms",
        "text": "- A pattern that comes back with every life is TT107.\n- Without other evidence it is only likely: such fetches stay out of the low end of the range."
      },
      {
        "heading": "Fields it needs",
        "text": "The node or address of the caller, the lifetime, and more than one life of log."
      },
      {
        "heading": "Seen in public",
        "text": "Nothing that we can cite."
      }
    ]
  },
  {
    "code": "TT114",
    "title": "cached per end user",
    "sections": [
      {
        "heading": "What it means",
        "text": "The service token is kept once for every end user or session, although it is the same for all."
      },
      {
        "heading": "What it costs",
        "text": "One fetch for each user and life, and memory for tokens that nobody needs."
      },
      {
        "heading": "How it looks",
        "text": "The fetches follow the number of distinct users, not requests and not lives. New users fetch; users who come back do not.\n\n```text\n2026-03-02T09:31:07.114Z gw-1 user=anna \"POST /oauth2/token\" 200 0.041\n2026-03-02T09:31:07.902Z gw-1 user=ben  \"POST /oauth2/token\" 200 0.040\n2026-03-02T09:31:08.310Z gw-1 user=anna \"GET /orders/17\"     200 0.012\n2026-03-02T09:31:09.114Z gw-1 user=cleo \"POST /oauth2/token\" 200 0.043\n```"
      },
      {
        "heading": "Usual causes",
        "text": "- Spring Security stores client-credentials tokens by registration and current principal, so that each user gets one.\n- A cache in the session, or a key with the user in it."
      },
      {
        "heading": "Fix",
        "text": "Use one fixed principal for service tokens, or a key without the user. See [remedies by gateway](README.md#remedies-by-gateway)."
      },
      {
        "heading": "False alarms",
        "text": "- Tokens that belong to users (token exchange, on-behalf-of) must not be shared; such grants are excluded where the log shows them.\n- Users who each call once make it look like TT101."
      },
      {
        "heading": "Fields it needs",
        "text": "The user or session in the gateway's log, joined with the fetches; the client."
      },
      {
        "heading": "Seen in public",
        "text": "spring-projects/spring-security#13816"
      }
    ]
  },
  {
    "code": "TT115",
    "title": "introspection on every request",
    "sections": [
      {
        "heading": "What it means",
        "text": "The gateway asks the issuer about each token it is given, every time, instead of remembering the answer for a while."
      },
      {
        "heading": "What it costs",
        "text": "A round trip in front of every call. It is not a token fetch and not in the redundant share; it has its own figures."
      },
      {
        "heading": "How it looks",
        "text": "About as many requests to the introspection endpoint as API requests; the two rise and fall together.\n\n```text\n2026-03-02T09:31:07.101Z gw-1 gateway \"POST /oauth2/introspect\" 200 0.033\n2026-03-02T09:31:07.136Z gw-1 -       \"GET /orders/17\"          200 0.011\n2026-03-02T09:31:07.402Z gw-1 gateway \"POST /oauth2/introspect\" 200 0.031\n2026-03-02T09:31:07.435Z gw-1 -       \"GET /orders/18\"          200 0.012\n```"
      },
      {
        "heading": "Usual causes",
        "text": "- A cache for introspection that is off by default, or has no store: `lua_shared_dict introspection` is not declared.\n- A client that is rebuilt for every request.\n- Bad tokens whose refusal is not kept either."
      },
      {
        "heading": "Fix",
        "text": "Cache the answer for a short time, never beyond `exp` (RFC 7662, section 4), refusals for a few seconds; or check signed tokens locally. See [remedies by gateway](README.md#remedies-by-gateway)."
      },
      {
        "heading": "False alarms",
        "text": "- Where a token must stop working at once when it is revoked, asking each time is a choice.\n- Tokens that are each used once cannot be cached; only the log of tokens could tell."
      },
      {
        "heading": "Fields it needs",
        "text": "Requests to the introspection endpoint, and those of the gateway. How often one token comes back is not in a log without token identities, so savings are assumed."
      },
      {
        "heading": "Seen in public",
        "text": "PrefectHQ/fastmcp#3285, PrefectHQ/fastmcp#3298, nokia/kong-oidc#174, zitadel/zitadel#6462, GluuFederation/gluu-gateway#213 (refusals)"
      }
    ]
  },
  {
    "code": "TT116",
    "title": "JWKS or discovery on every request",
    "sections": [
      {
        "heading": "What it means",
        "text": "The public keys or the metadata of the issuer are loaded for each request, or for each client object. They change every few weeks."
      },
      {
        "heading": "What it costs",
        "text": "A round trip in front of calls, and an issuer that is asked for a static document thousands of times. It has its own figures."
      },
      {
        "heading": "How it looks",
        "text": "Requests to `jwks` or `.well-known` that follow the API requests, or the fetches.\n\n```text\n2026-03-02T09:31:07.101Z gw-1 \"GET /.well-known/openid-configuration\" 200 0.021\n2026-03-02T09:31:07.125Z gw-1 \"GET /.well-known/jwks.json\"            200 0.018\n2026-03-02T09:31:07.148Z gw-1 \"GET /orders/17\"                        200 0.012\n2026-03-02T09:31:07.460Z gw-1 \"GET /.well-known/openid-configuration\" 200 0.020\n```"
      },
      {
        "heading": "Usual causes",
        "text": "- `cache` of the validator not switched on (KrakenD `auth/validator`).\n- A verifier or client that is built per request, and loads its metadata each time.\n- Unknown key ids: every token with a made-up `kid` triggers a reload."
      },
      {
        "heading": "Fix",
        "text": "Keep keys and metadata for minutes to hours, reload for an unknown `kid` at most every 30 s, keep one client object. See [remedies by gateway](README.md#remedies-by-gateway)."
      },
      {
        "heading": "False alarms",
        "text": "- Each node loads them at its start.\n- A browser or another party may ask too; the caller tells."
      },
      {
        "heading": "Fields it needs",
        "text": "The path and the caller; the requests of the gateway to compare with."
      },
      {
        "heading": "Seen in public",
        "text": "krakend/krakend-ce#687, zmartzone/lua-resty-openidc#468, coreos/go-oidc#482, acronis/go-authkit#19, MSAL Python#549"
      }
    ]
  },
  {
    "code": "TT117",
    "title": "loopback outlives the token",
    "sections": [
      {
        "heading": "What it means",
        "text": "The endpoint that serves token responses from a cache keeps them longer than the token lives, so callers are given dead tokens."
      },
      {
        "heading": "What it costs",
        "text": "Calls that fail with 401 near the end of every cache time, retries, and fetches that a retry makes."
      },
      {
        "heading": "How it looks",
        "text": "The age or time to live of the cached response, as logged, is above the lifetime; 401 of the back end come in bursts after the life has passed and end when the entry is renewed.\n\n```text\n2026-03-02T10:00:04.310Z loop \"GET /internal/token\" 200 HIT age=3604\n2026-03-02T10:00:04.341Z gw-1 \"GET /orders/17\"      401 0.006\n2026-03-02T10:00:04.702Z loop \"GET /internal/token\" 200 HIT age=3604\n2026-03-02T10:00:04.733Z gw-1 \"GET /orders/18\"      401 0.005\n```"
      },
      {
        "heading": "Usual causes",
        "text": "- A time to live equal to the life, with callers that keep the token for a while longer.\n- An issuer that returns its existing token: less is left than the cache assumes.\n- Stale serving (`proxy_cache_use_stale`, grace) on token responses."
      },
      {
        "heading": "Fix",
        "text": "Time to live at most the lifetime less the margin less the time that a caller keeps it; only status 200 is stored; no stale serving unless whoever uses the token checks its age. See [remedies by gateway](README.md#remedies-by-gateway)."
      },
      {
        "heading": "False alarms",
        "text": "- 401 for other reasons (scope, revocation) do not follow the age.\n- A HIT with an age below the life is healthy, and is not a fetch."
      },
      {
        "heading": "Fields it needs",
        "text": "The log of the loopback with cache word and age or time to live, the lifetime, and the status of the back end in the gateway's log."
      },
      {
        "heading": "Seen in public",
        "text": "The AWS guide \"Caching tokens\" asks for at least 3,600 s, which is the whole life of a token of an hour."
      }
    ]
  },
  {
    "code": "TT118",
    "title": "credentials in the log",
    "sections": [
      {
        "heading": "What it means",
        "text": "The log holds a secret: a client secret, a token, a Basic credential or an assertion in a URL or a field."
      },
      {
        "heading": "What it costs",
        "text": "Whoever reads the log can act as the client. It is no redundant fetch, and it is not in any figure."
      },
      {
        "heading": "How it looks",
        "text": "Kind, place and count, never the value. The excerpt shows what a report may show of such lines.\n\n```text\ngw.log:88213  client_secret in the query of POST /oauth2/token\ngw.log:88217  client_secret in the query of POST /oauth2/token\ngw.log:90110  Bearer token in the field http_authorization\n```"
      },
      {
        "heading": "Usual causes",
        "text": "- Credentials sent in the query instead of the body or a header.\n- Headers or bodies that are logged whole, often left from debugging."
      },
      {
        "heading": "Fix",
        "text": "Send credentials in the body or with Basic authentication; leave `Authorization` and query strings of the token endpoint out of the log format. Rotate the secrets that were written, and delete or redact the old logs. See [remedies by gateway](README.md#remedies-by-gateway)."
      },
      {
        "heading": "False alarms",
        "text": "- Placeholders and values that were redacted already are not counted.\n- A long random id in a path may look like a secret; it is printed as `{secret}` and is not by itself a finding."
      },
      {
        "heading": "Fields it needs",
        "text": "Any field of the log. Nothing is kept of what is found."
      },
      {
        "heading": "Seen in public",
        "text": "Nothing that we can cite."
      }
    ]
  },
  {
    "code": "TT199",
    "title": "not decided",
    "sections": [
      {
        "heading": "What it means",
        "text": "There are redundant fetches, but the log does not show which cause it is. The finding names the closest two and what would decide between them."
      },
      {
        "heading": "What it costs",
        "text": "What the redundant fetches cost; the cause is open, the count is not."
      },
      {
        "heading": "How it looks",
        "text": "The evidence fits two causes, or the field that decides is absent: no node, no scope, stamps of a second, no lifetime, too few fetches.\n\n```text\n10.0.3.11 - - [02/Mar/2026:09:31:07 +0000] \"POST /oauth2/token HTTP/1.1\" 200 812\n10.0.3.11 - - [02/Mar/2026:09:31:07 +0000] \"POST /oauth2/token HTTP/1.1\" 200 812\n10.0.3.11 - - [02/Mar/2026:09:31:08 +0000] \"POST /oauth2/token HTTP/1.1\" 200 812\n```"
      },
      {
        "heading": "Usual causes",
        "text": "- The log of the token endpoint alone, where demand decides.\n- Several workers or pods behind one address.\n- Mixed causes in one key, none of them strong."
      },
      {
        "heading": "Fix",
        "text": "Give what is missing: the gateway's log beside the issuer's, `--lifetime`, `--map` for client or node, or a log format with milliseconds. Any working cache removes most causes alike: see [remedies by gateway](README.md#remedies-by-gateway)."
      },
      {
        "heading": "False alarms",
        "text": "- It is not a cause. It never says that nothing is wrong."
      },
      {
        "heading": "Fields it needs",
        "text": "It says which in the finding: \"what would decide\"."
      },
      {
        "heading": "Seen in public",
        "text": "Not applicable."
      }
    ]
  }
];
