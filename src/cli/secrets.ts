import { TokenTaxError } from '../errors.js';

const kinds: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/[a-z][a-z0-9+.-]*:\/\/[^/?#\s@:$]*:[^/?#\s@$]+@/i, 'a URL with a password in it'],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/, 'a token'],
  [/\b(?:client_secret|access_token|refresh_token|client_assertion|password)=[^&\s$]+/i, 'a secret in a parameter'],
  [/\bauthorization: *(?:basic|bearer) +[^\s$]/i, 'an Authorization header'],
];

/** An argument can be read by everyone on the machine and stays in the shell's history. The value is not repeated. */
export const refuseSecrets = (argv: readonly string[]): void => {
  for (const [index, argument] of argv.entries()) {
    const [, what] = kinds.find(([pattern]) => pattern.test(argument)) ?? [];
    if (what === undefined) continue;
    throw new TokenTaxError('USAGE', `argument ${index + 1} holds ${what}`, {
      why: 'arguments can be read by every user of this machine and stay in the history of the shell',
      help: 'Leave the secret out; token-tax needs none to read logs.',
    });
  }
};
