/** Which option of the command line each setting of the configuration stands for. */
import type { ConfigData } from './schema.js';

export interface Setting {
  /** As commander names the option. */
  readonly option: string;
  /** Where it stands in the configuration. */
  readonly path: readonly string[];
  /** As it would be typed; several for an option that may be repeated; true for a flag. */
  readonly typed: (data: ConfigData) => readonly string[] | true | undefined;
}

const one = (value: string | number | undefined): readonly string[] | undefined =>
  value === undefined ? undefined : [String(value)];
const flag = (value: boolean | undefined): true | undefined => (value === true ? true : undefined);

const setting = (option: string, path: string, typed: Setting['typed']): Setting => ({ option, path: path.split('.'), typed });

/** Inputs of the configuration, for a command line that names none. */
export const inputSettings: readonly Setting[] = [
  setting('inputs', 'input.files', ({ input }) => input?.files),
  setting('gateway', 'input.gateway', ({ input }) => input?.gateway),
  setting('idp', 'input.idp', ({ input }) => input?.idp),
  setting('loopback', 'input.loopback', ({ input }) => input?.loopback),
];

export const settings: readonly Setting[] = [
  setting('logFormat', 'input.logFormat', ({ input }) => one(input?.logFormat)),
  setting('map', 'input.map', ({ input }) =>
    input?.map === undefined
      ? undefined
      : Object.entries(input.map).map(([field, names]) => `${field}=${[names].flat().join(',')}`),
  ),
  setting('timeStamps', 'input.timeStamps', ({ input }) => one(input?.timeStamps)),
  setting('tz', 'input.tz', ({ input }) => one(input?.tz)),
  setting('since', 'input.since', ({ input }) => one(input?.since)),
  setting('until', 'input.until', ({ input }) => one(input?.until)),
  setting('where', 'input.where', ({ input }) => one(input?.where)),
  setting('tokenEndpoint', 'input.tokenEndpoints', ({ input }) => input?.tokenEndpoints),
  setting('tokenRoutes', 'input.tokenRoutes', ({ input }) => input?.tokenRoutes),
  setting('workers', 'input.workers', ({ input }) => one(input?.workers)),
  setting('lifetime', 'issuers', ({ issuers }) =>
    issuers?.map(({ match, lifetime }) => (match === '*' ? lifetime : `${match}=${lifetime}`)),
  ),
  setting('margin', 'analysis.margin', ({ analysis }) => one(analysis?.margin)),
  setting('holder', 'analysis.holder', ({ analysis }) => one(analysis?.holder)),
  setting('grant', 'analysis.grant', ({ analysis }) => one(analysis?.grant)),
  setting('maxHidden', 'analysis.maxHidden', ({ analysis }) => one(analysis?.maxHidden)),
  setting('maxMemory', 'analysis.maxMemory', ({ analysis }) => one(analysis?.maxMemory)),
  setting('price', 'analysis.price', ({ analysis }) => one(analysis?.price)),
  setting('priceModel', 'analysis.priceModels', ({ analysis }) => analysis?.priceModels),
  setting('prices', 'analysis.prices', ({ analysis }) => one(analysis?.prices)),
  setting('rateLimit', 'analysis.rateLimit', ({ analysis }) => one(analysis?.rateLimit)),
  setting('siblingTtl', 'analysis.siblingTtl', ({ analysis }) => analysis?.siblingTtl),
  setting('sampled', 'input.sampled', ({ input }) => one(input?.sampled)),
  setting('owner', 'owners', ({ owners }) =>
    owners === undefined ? undefined : Object.entries(owners).map(([pattern, name]) => `${pattern}=${name}`),
  ),
  setting('preset', 'preset', ({ preset }) => one(preset)),
  setting('failOn', 'failOn', ({ failOn }) => (failOn === undefined || failOn.length === 0 ? undefined : [failOn.join(',')])),
  setting('baseline', 'baseline', ({ baseline }) => one(baseline)),
  setting('inconclusive', 'inconclusive', ({ inconclusive }) => one(inconclusive)),
  setting('onError', 'onError', ({ onError }) => one(onError)),
  setting('format', 'output.format', ({ output }) => one(output?.format)),
  setting('output', 'output.files', ({ output }) => output?.files),
  setting('color', 'output.color', ({ output }) => one(output?.color)),
  setting('quiet', 'output.quiet', ({ output }) => flag(output?.quiet)),
  setting('verbose', 'output.verbose', ({ output }) => flag(output?.verbose)),
  setting('details', 'output.details', ({ output }) => flag(output?.details)),
];
