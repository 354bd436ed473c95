import { readFileSync } from 'node:fs';

/** The version in package.json, which stands some folders above, how many depends on how this was built. */
export const packageVersion = (): string => {
  for (let folder = new URL('.', import.meta.url), up = 0; up < 5; folder = new URL('..', folder), up += 1) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (name === 'token-tax' && version !== undefined) return version;
    } catch {
      // Not here: one folder up.
    }
  }
  return 'unknown';
};
