/** A manifest: what an experiment was made of, so that it can be run again. It holds names of secrets, never secrets. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { TokenTaxError } from '../errors.js';
import type { Plan } from '../replay/index.js';
import type { ReplayFlags } from './replay-options.js';

interface Manifest {
  readonly kind: 'token-tax replay';
  readonly manifestVersion: 1;
  readonly tool: string;
  readonly inputs: readonly string[];
  readonly flags: ReplayFlags;
  readonly sample: { readonly requests: number; readonly sha256: string };
}

/** Over what would be sent and when. */
const digest = ({ requests }: Plan): string => {
  const hash = createHash('sha256');
  for (const { dueMs, method, path, body } of requests) hash.update(`${dueMs} ${method} ${path} ${body ?? ''}\n`);
  return hash.digest('hex');
};

const notKept = new Set(['send', 'manifest', 'fromManifest', 'raw', 'format', 'progress', 'debug']);

export const manifestOf = (inputs: readonly string[], flags: ReplayFlags, plan: Plan, version: string): Manifest => ({
  kind: 'token-tax replay',
  manifestVersion: 1,
  tool: version,
  inputs,
  flags: Object.fromEntries(Object.entries(flags).filter(([name]) => !notKept.has(name))),
  sample: { requests: plan.requests.length, sha256: digest(plan) },
});

export const manifestText = (inputs: readonly string[], flags: ReplayFlags, plan: Plan, version: string): string =>
  `${JSON.stringify(manifestOf(inputs, flags, plan, version), null, 2)}\n`;

/** What was typed beside --from-manifest goes over what the manifest says. --send is never taken from a file. */
export const fromManifest = async (
  inputs: readonly string[],
  flags: ReplayFlags,
  cwd: string,
): Promise<{ readonly flags: ReplayFlags; readonly named: readonly string[] }> => {
  const typed = inputs.length === 0 ? ['-'] : inputs;
  if (flags.fromManifest === undefined) return { flags, named: typed };
  const fail = (why: string): never => {
    throw new TokenTaxError('NO_INPUT', `${flags.fromManifest} is no manifest of a replay`, {
      why,
      help: 'Make one with --manifest FILE.',
    });
  };
  let parsed: Partial<Manifest> | null = null;
  try {
    parsed = JSON.parse(readFileSync(resolve(cwd, flags.fromManifest), 'utf8')) as Partial<Manifest> | null;
  } catch (error) {
    return fail((error as NodeJS.ErrnoException).code ?? 'it is not JSON');
  }
  if (parsed?.kind !== 'token-tax replay' || parsed.manifestVersion !== 1 || typeof parsed.flags !== 'object')
    return fail('it does not say that it is one, or is of another version');
  const known = Array.isArray(parsed.inputs) && parsed.inputs.every((each) => typeof each === 'string');
  // Consent is given by a person at a terminal, not by a file.
  const { send, yesProduction, allowHost, insecure, ...kept } = parsed.flags;
  return { flags: { ...kept, ...flags }, named: inputs.length === 0 && known ? parsed.inputs! : typed };
};
