/** Where requests may go: loopback and private addresses, and hosts that were named. Checked where the connection is made. */
import type { LookupAddress } from 'node:dns';
import { BlockList, isIP } from 'node:net';
import { TokenTaxError } from '../errors.js';

export interface TargetRules {
  /** Host names and addresses that may be anywhere. */
  readonly allowHosts?: readonly string[];
  /** Hosts that the log was recorded from. */
  readonly recordedHosts?: ReadonlySet<string>;
  readonly allowRecorded?: boolean;
  /** For tests. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

export interface Target {
  readonly url: URL;
  /** Scheme, host and port. */
  readonly origin: string;
  /** In front of every path; empty, or starts with a slash and ends without one. */
  readonly prefix: string;
  /** Why it is allowed: `loopback`, `private`, `--allow-host`. */
  readonly standing: string;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** RFC 1918, RFC 4193. Link-local is left out: the metadata services of clouds live there. */
const privateNets = new BlockList();
privateNets.addSubnet('10.0.0.0', 8, 'ipv4');
privateNets.addSubnet('172.16.0.0', 12, 'ipv4');
privateNets.addSubnet('192.168.0.0', 16, 'ipv4');
privateNets.addSubnet('fc00::', 7, 'ipv6');

/** An IPv4 address in IPv6 clothes is what it is. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');

export const standingOf = (address: string): 'loopback' | 'private' | 'public' => {
  const text = plain(address);
  const family = isIP(text);
  if (family === 0) return 'public';
  const name = family === 4 ? 'ipv4' : 'ipv6';
  if (loopback.check(text, name)) return 'loopback';
  return privateNets.check(text, name) ? 'private' : 'public';
};

const bare = (host: string): string =>
  host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');

/** A logged Host header without its port. */
const withoutPort = (host: string): string => bare(host.replace(/^(\[.*\]|[^:]*):\d+$/, '$1'));

const refuse = (message: string, why: string, help: string): never => {
  throw new TokenTaxError('TARGET_REFUSED', message, { why, help });
};

const parse = (flag: string, text: string): URL => {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new TokenTaxError('BAD_OPTION', `${flag} ${text} is not a URL`, { help: `Write ${flag} http://localhost:8080` });
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new TokenTaxError('BAD_OPTION', `${flag} is not a URL of http or https`, {
      help: `Write ${flag} http://localhost:8080`,
    });
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw new TokenTaxError('BAD_OPTION', `${flag} is more than scheme, host, port and path`, {
      help: 'Own credentials go in by --auth-env; paths and queries come from the log.',
    });
  return url;
};

const resolveHost = async (host: string): Promise<readonly string[]> => {
  const { lookup } = await import('node:dns/promises');
  return (await lookup(host, { all: true })).map(({ address }) => address);
};

/** @throws {TokenTaxError} TARGET_REFUSED, TARGET_UNREACHABLE, BAD_OPTION */
export const checkTarget = async (flag: string, text: string, rules: TargetRules): Promise<Target> => {
  const url = parse(flag, text);
  const host = bare(url.hostname);
  const named = (rules.allowHosts ?? []).map(bare).includes(host);
  const recorded = [...(rules.recordedHosts ?? [])].map(withoutPort).includes(host);
  if (recorded && rules.allowRecorded !== true)
    refuse(
      `${host} is the host this log was recorded from`,
      'replaying on production doubles its load and its side effects',
      `use a test target, or add ${named || standingOf(host) !== 'public' ? '' : `--allow-host ${host} `}--yes-production`,
    );
  const found = { url, origin: url.origin, prefix: url.pathname.replace(/\/+$/, '') };
  if (named) return { ...found, standing: '--allow-host' };
  let addresses: readonly string[];
  try {
    addresses = isIP(host) === 0 ? await (rules.resolve ?? resolveHost)(host) : [host];
  } catch (cause) {
    throw new TokenTaxError('TARGET_UNREACHABLE', `${flag} ${host} has no address (${(cause as NodeJS.ErrnoException).code})`, {
      why: 'nothing was sent',
      cause,
    });
  }
  const standings = addresses.map(standingOf);
  if (addresses.length === 0 || standings.includes('public'))
    refuse(
      `${host} is neither on this machine nor in a private network`,
      'a replay is load, and load belongs on systems of your own',
      `use a test target, or add --allow-host ${host}`,
    );
  return { ...found, standing: standings.includes('private') ? 'private' : 'loopback' };
};

type LookupDone = (error: Error | null, address: string | LookupAddress[], family?: number) => void;
export type SocketLookup = (host: string, options: object, done: LookupDone) => void;
/** All addresses of a host. */
export type LookupAll = (host: string, options: object) => Promise<LookupAddress[]>;

const systemLookup: LookupAll = async (host, options) => {
  const { lookup } = await import('node:dns/promises');
  return await lookup(host, { ...options, all: true });
};

/**
 * A lookup for sockets that refuses what `checkTarget` would refuse: the name may lead elsewhere by now. undefined where the host was
 * allowed by name.
 */
export const guardedLookup = ({ standing }: Target, ask: LookupAll = systemLookup): SocketLookup | undefined => {
  if (standing === '--allow-host') return undefined;
  return (host, options, done) => {
    ask(host, options).then(
      (addresses) => {
        const allowed = addresses.length > 0 && addresses.every(({ address }) => standingOf(address) !== 'public');
        if (!allowed) return done(Object.assign(new Error(`${host} leads to a public address`), { code: 'ETARGETREFUSED' }), []);
        if ((options as { readonly all?: boolean }).all === true) return done(null, addresses);
        return done(null, addresses[0]!.address, addresses[0]!.family);
      },
      (error: Error) => done(error, []),
    );
  };
};
