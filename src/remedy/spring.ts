/** Programs that are their own gateway: Spring Cloud Gateway and YARP. */
import { parsePolicy } from '../simulation/policy.js';
import { clientIdOf, jsonFile, marginSeconds, quoted, scopesOf } from './data.js';
import { endpointUrl } from './escape.js';
import { nameOf, type Remedy, type RemedyContext } from './remedy.js';

/** Of the client in the settings of Spring. */
const REGISTRATION = 'token-tax';

function springYaml(context: RemedyContext): string {
  return `spring:
  security:
    oauth2:
      client:
        registration:
          ${REGISTRATION}:
            provider: ${REGISTRATION}
            client-id: ${quoted(clientIdOf(context))}
            client-secret: "\${${context.places.secretEnv}}"
            authorization-grant-type: client_credentials
            client-authentication-method: client_secret_basic
            scope: [${scopesOf(context).map(quoted).join(', ')}]
        provider:
          ${REGISTRATION}:
            token-uri: ${quoted(endpointUrl(context.tokenEndpoint))}
`;
}

function springJava(context: RemedyContext): string {
  return `import java.time.Duration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.cloud.gateway.filter.GlobalFilter;
import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.oauth2.client.AuthorizedClientServiceReactiveOAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.ReactiveOAuth2AuthorizedClientProviderBuilder;
import org.springframework.security.oauth2.client.ReactiveOAuth2AuthorizedClientService;
import org.springframework.security.oauth2.client.registration.ReactiveClientRegistrationRepository;

@Configuration
class ServiceTokenConfiguration {
  // One principal for all requests: by default each user gets a token of his own.
  private static final Authentication GATEWAY =
      new AnonymousAuthenticationToken("gateway", "gateway", AuthorityUtils.createAuthorityList("ROLE_SYSTEM"));

  @Bean
  AuthorizedClientServiceReactiveOAuth2AuthorizedClientManager serviceTokens(
      ReactiveClientRegistrationRepository registrations, ReactiveOAuth2AuthorizedClientService clients) {
    var manager = new AuthorizedClientServiceReactiveOAuth2AuthorizedClientManager(registrations, clients);
    manager.setAuthorizedClientProvider(
        ReactiveOAuth2AuthorizedClientProviderBuilder.builder()
            // The margin. It must be well below the life of a token (the default is 60 s).
            .clientCredentials(credentials -> credentials.clockSkew(Duration.ofMillis(${Math.round(context.marginMs)})))
            .build());
    return manager;
  }

  @Bean
  GlobalFilter serviceToken(AuthorizedClientServiceReactiveOAuth2AuthorizedClientManager serviceTokens) {
    var request = OAuth2AuthorizeRequest.withClientRegistrationId(${quoted(REGISTRATION)}).principal(GATEWAY).build();
    return (exchange, chain) ->
        serviceTokens
            .authorize(request)
            .map(client -> client.getAccessToken().getTokenValue())
            .flatMap(token ->
                chain.filter(
                    exchange.mutate().request(r -> r.headers(headers -> headers.setBearerAuth(token))).build()));
  }
}
`;
}

export const spring: Remedy = {
  id: 'spring',
  title: 'Spring Cloud Gateway: one principal for the service token',
  aliases: ['spring-cloud-gateway', 'spring-security', 'scg'],
  docs: 'https://docs.spring.io/spring-security/reference/reactive/oauth2/client/authorized-clients.html',
  // Renewal is not single flight (spring-security#14123).
  policy: (context) => parsePolicy(`node,margin=${marginSeconds(context)}s`),
  overshootPerStretch: 0,
  files: (context) => [
    { name: 'application.yaml', language: 'yaml', text: springYaml(context), certainty: 'documented' },
    { name: 'ServiceTokenConfiguration.java', language: 'java', text: springJava(context), certainty: 'untested' },
  ],
  risks: () => [
    'A revoked token is used until its life less the margin ends; a restart forgets it.',
    'The token lies in the memory of the process. A JDBC or Redis store of authorized clients writes it elsewhere: encrypt it there.',
    'The filter is global: make it a filter of single routes where others must not get the token.',
  ],
  verify: () => ['token-tax analyze GATEWAY.LOG ISSUER.LOG'].join('\n'),
  notes: [
    'No single flight: requests that meet a token inside its margin each renew it (20 at once were reported, spring-security#14123).',
    'A response without expires_in becomes a token of 1 s: have the issuer send it.',
    'TokenRelay forwards the token of the user; it does not keep a service token.',
    'The JVM keeps DNS answers by networkaddress.cache.ttl.',
  ],
};

function csharp(context: RemedyContext): string {
  const audience = context.audience;
  const scopes = scopesOf(context).join(' ');
  return `// Program.cs; packages Yarp.ReverseProxy and Duende.AccessTokenManagement (3.x names)
using System.Net.Http.Headers;
using Duende.AccessTokenManagement;
using Yarp.ReverseProxy.Transforms;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddDistributedMemoryCache();
builder.Services
    .AddClientCredentialsTokenManagement(options => options.CacheLifetimeBuffer = ${marginSeconds(context)})
    .AddClient(${quoted(nameOf(context))}, client =>
    {
        client.TokenEndpoint = ${quoted(endpointUrl(context.tokenEndpoint))};
        client.ClientId = ${quoted(clientIdOf(context))};
        client.ClientSecret = builder.Configuration[${quoted(context.places.secretEnv)}];${scopes === '' ? '' : `\n        client.Scope = ${quoted(scopes)};`}${audience === undefined ? '' : `\n        client.Parameters.Add("audience", ${quoted(audience)});`}
    });
builder.Services.AddReverseProxy()
    .LoadFromConfig(builder.Configuration.GetSection("ReverseProxy"))
    .AddTransforms(transforms => transforms.AddRequestTransform(async request =>
    {
        var tokens = request.HttpContext.RequestServices.GetRequiredService<IClientCredentialsTokenManagementService>();
        var token = await tokens.GetAccessTokenAsync(${quoted(nameOf(context))}, cancellationToken: request.HttpContext.RequestAborted);
        request.ProxyRequest.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.AccessToken);
    }));
var app = builder.Build();
app.MapReverseProxy();
app.Run();
`;
}

const yarpSettings = jsonFile({
  ReverseProxy: {
    Routes: { orders: { ClusterId: 'orders', Match: { Path: '/{**rest}' } } },
    Clusters: { orders: { Destinations: { one: { Address: '<BACK_END_URL>' } } } },
  },
});

export const yarp: Remedy = {
  id: 'yarp',
  title: 'YARP: Duende.AccessTokenManagement in a request transform',
  aliases: ['dotnet', 'duende', 'aspnet'],
  docs: 'https://docs.duendesoftware.com/accesstokenmanagement/workers/',
  policy: (context) => parsePolicy(`node,single-flight,margin=${marginSeconds(context)}s`),
  overshootPerStretch: 1,
  files: (context) => [
    { name: 'Program.cs', language: 'csharp', text: csharp(context), certainty: 'untested' },
    { name: 'appsettings.json', language: 'json', text: yarpSettings, certainty: 'documented' },
  ],
  risks: () => [
    'A revoked token is used until its life less the buffer ends.',
    'The token lies in the memory of the process; with a distributed cache use the serializer that encrypts.',
  ],
  verify: () => ['dotnet build', 'token-tax analyze GATEWAY.LOG ISSUER.LOG'].join('\n'),
  notes: [
    'Version 3 of the package has these names; from 4 on the service is IClientCredentialsTokenManager, and names are types of their own.',
    '4.0.1 fetched again every 5 minutes (DuendeSoftware/foss#287, #298): use a later one.',
    'With MSAL: keep one confidential client object for the process; one for each request has no cache.',
  ],
};
