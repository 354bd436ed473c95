import apigee from './apigee.js';
import auth0 from './auth0.js';
import authentik from './authentik.js';
import authlete from './authlete.js';
import awsImds from './aws-imds.js';
import awsSts from './aws-sts.js';
import azureImds from './azure-imds.js';
import cognito from './cognito.js';
import curity from './curity.js';
import type { Provider } from './define.js';
import dex from './dex.js';
import duende from './duende.js';
import entraV1 from './entra-v1.js';
import entraV2 from './entra-v2.js';
import forgerock from './forgerock.js';
import fusionauth from './fusionauth.js';
import githubApp from './github-app.js';
import google from './google.js';
import googleMetadata from './google-metadata.js';
import graviteeAm from './gravitee-am.js';
import ibmApiConnect from './ibm-api-connect.js';
import keycloak from './keycloak.js';
import kubernetes from './kubernetes.js';
import okta from './okta.js';
import oktaCustom from './okta-custom.js';
import onelogin from './onelogin.js';
import oracleIdcs from './oracle-idcs.js';
import ory from './ory.js';
import pingfederate from './pingfederate.js';
import pingone from './pingone.js';
import salesforce from './salesforce.js';
import servicenow from './servicenow.js';
import signicat from './signicat.js';
import soundcloud from './soundcloud.js';
import springAuthorizationServer from './spring-authorization-server.js';
import stytch from './stytch.js';
import supertokens from './supertokens.js';
import vault from './vault.js';
import wso2 from './wso2.js';
import xsuaa from './xsuaa.js';
import zitadel from './zitadel.js';
import zoho from './zoho.js';
import zus from './zus.js';

/** Every identity provider we know. Where two fit the same request, the earlier one wins. */
export const providers: readonly Provider[] = [
  apigee,
  auth0,
  authentik,
  authlete,
  awsImds,
  awsSts,
  azureImds,
  cognito,
  curity,
  dex,
  duende,
  entraV1,
  entraV2,
  forgerock,
  fusionauth,
  githubApp,
  google,
  googleMetadata,
  graviteeAm,
  ibmApiConnect,
  keycloak,
  kubernetes,
  okta,
  oktaCustom,
  onelogin,
  oracleIdcs,
  ory,
  pingfederate,
  pingone,
  salesforce,
  servicenow,
  signicat,
  soundcloud,
  springAuthorizationServer,
  stytch,
  supertokens,
  vault,
  wso2,
  xsuaa,
  zitadel,
  zoho,
  zus,
];
