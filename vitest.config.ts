import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const servers = 'test/servers';
const withServers = process.env.REQUIRE_SERVERS === '1';

const serverSuites = (): string[] => {
  try {
    return readdirSync(servers).filter((name) => name.endsWith('.test.ts'));
  } catch {
    return [];
  }
};

if (!withServers) {
  for (const name of serverSuites())
    process.stderr.write(`skipped: ${servers}/${name} (needs real servers; REQUIRE_SERVERS=1 runs it)\n`);
}

/** Where the counts go for those who add them up. */
const json = process.env.VITEST_JSON;

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

export default defineConfig({
  // The build puts it in place in the same way.
  define: { TOKEN_TAX_VERSION: JSON.stringify(version) },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['dist/**', 'node_modules/**', ...(withServers ? [] : [`${servers}/**`])],
    // Vitest leaves a core to the watcher, which on two cores leaves one: most suites wait for programs they start.
    maxWorkers: Math.max(2, availableParallelism()),
    globalSetup: 'test/support/temporary.ts',
    testTimeout: 30_000,
    hookTimeout: 30_000,
    ...(json ? { reporters: ['default', 'json'], outputFile: { json } } : {}),
  },
});
