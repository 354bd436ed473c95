/** Azure API Management: a policy that keeps the token by value, for as long as the response says. */
import { parsePolicy } from '../simulation/policy.js';
import {
  cacheKey,
  clientIdOf,
  countAtIssuer,
  defaultLifeSeconds,
  marginSeconds,
  revocationRisk,
  SHARING_RISK,
  xmlText,
} from './data.js';
import { endpointUrl, formBody, percent } from './escape.js';
import { nameOf, type Remedy, type RemedyContext } from './remedy.js';

const policy = (context: RemedyContext): string => {
  const key = xmlText(cacheKey(context));
  const body = `${formBody(context)}&client_id=${context.clientId === undefined ? clientIdOf(context) : percent(context.clientId)}&client_secret=`;
  return `<!-- inbound: of the APIs whose back end wants the token. {{token-tax-secret}} is a named value that Key Vault holds, percent-encoded. -->
<inbound>
  <base />
  <cache-lookup-value key="${key}" variable-name="token" caching-type="internal" />
  <choose>
    <when condition="@(!context.Variables.ContainsKey(&quot;token&quot;))">
      <send-request mode="new" response-variable-name="tokenResponse" timeout="10" ignore-error="false">
        <set-url>${xmlText(endpointUrl(context.tokenEndpoint))}</set-url>
        <set-method>POST</set-method>
        <set-header name="Content-Type" exists-action="override">
          <value>application/x-www-form-urlencoded</value>
        </set-header>
        <set-body>${xmlText(body)}{{token-tax-secret}}</set-body>
      </send-request>
      <choose>
        <when condition="@(((IResponse)context.Variables[&quot;tokenResponse&quot;]).StatusCode != 200)">
          <return-response>
            <set-status code="502" reason="token endpoint" />
          </return-response>
        </when>
      </choose>
      <set-variable name="tokenJson" value="@(((IResponse)context.Variables[&quot;tokenResponse&quot;]).Body.As&lt;JObject&gt;())" />
      <set-variable name="token" value="@((string)((JObject)context.Variables[&quot;tokenJson&quot;])[&quot;access_token&quot;])" />
      <cache-store-value key="${key}" value="@((string)context.Variables[&quot;token&quot;])" duration="@(Math.Max(1, ((int?)((JObject)context.Variables[&quot;tokenJson&quot;])[&quot;expires_in&quot;] ?? ${defaultLifeSeconds(context)}) - ${marginSeconds(context)}))" caching-type="internal" />
    </when>
  </choose>
  <set-header name="Authorization" exists-action="override">
    <value>@("Bearer " + (string)context.Variables["token"])</value>
  </set-header>
</inbound>
`;
};

export const azureApim: Remedy = {
  id: 'azure-apim',
  title: 'Azure API Management: cache-lookup-value and cache-store-value',
  aliases: ['apim', 'azure-api-management'],
  docs: 'https://learn.microsoft.com/azure/api-management/cache-store-value-policy',
  policy: ({ marginMs }) => parsePolicy(`shared,margin=${Math.max(1, Math.ceil(marginMs / 1000))}s`),
  overshootPerStretch: 1,
  files: (context) => [{ name: `token-${nameOf(context)}.xml`, language: 'xml', text: policy(context), certainty: 'documented' }],
  risks: (context) => [
    revocationRisk(context, 'life'),
    SHARING_RISK,
    'The built-in cache is volatile and shared by all units of a region; with an external Redis the token leaves the service: TLS and a key of its own there.',
  ],
  verify: (context) =>
    countAtIssuer(
      context,
      'Save the policy, send twenty requests with tracing on: cache-lookup-value must find it from the second on',
    ),
  notes: [
    'cache-store-value does not wait: requests that come right after a miss may miss too. There is no lock.',
    'For resources of Entra ID prefer authentication-managed-identity, or the credential manager with get-authorization-context: the platform keeps those tokens.',
    'The published sample without a cache ("Get OAuth2 access token from AAD and forward it to the backend") is what this replaces.',
  ],
};
