/** The action and the recipes of docs/ci.md, run as far as that goes without their hosts: parsed, and their steps in bash. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { configSchema } from '../src/config/schema.js';

const page = readFileSync('docs/ci.md', 'utf8');
const block = (heading: string, language: string): string => {
  const [, text] = new RegExp(`## ${heading}\\n[\\s\\S]*?\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(page) ?? [];
  if (text === undefined) throw new Error(`docs/ci.md has no ${language} under ${heading}`);
  return text;
};

let base: string;
let tools: string;
beforeAll(() => {
  if (!existsSync('dist/cli.cjs')) execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
  base = mkdtempSync(join(tmpdir(), 'ci-'));
  tools = join(base, 'bin');
  mkdirSync(tools);
  // In place of a download: `npx --yes --package WHAT token-tax ARGS` runs what is built here.
  const bin = resolve('bin/token-tax.js');
  const npx = `#!/usr/bin/env bash
[ "$1 $2 $4" = "--yes --package token-tax" ] || { echo "npx $*" >&2; exit 99; }
echo "$3" > "${join(base, 'package')}"
shift 4
exec "${process.execPath}" "${bin}" "$@"
`;
  writeFileSync(join(tools, 'npx'), npx, { mode: 0o755 });
}, 120_000);
afterAll(() => rmSync(base, { recursive: true, force: true }));

let workspaces = 0;
/** A checkout with logs of six fetches, five of them redundant. */
const workspace = (): string => {
  workspaces += 1;
  const folder = join(base, `w${workspaces}`);
  mkdirSync(join(folder, 'logs'), { recursive: true });
  for (const name of ['gateway.log', 'issuer.log'])
    cpSync(join('fixtures/cases/analyze-worked-no-cache', name), join(folder, 'logs', name));
  const config = { issuers: [{ match: '*', lifetime: '3600s' }], analysis: { maxHidden: 1 } };
  writeFileSync(join(folder, 'token-tax.config.json'), JSON.stringify(config));
  return folder;
};

const bash = (script: string, cwd: string, env: Record<string, string> = {}, flags: readonly string[] = ['-e']) =>
  spawnSync('bash', ['--noprofile', '--norc', ...flags, '-c', script], {
    cwd,
    encoding: 'utf8',
    env: { PATH: tools + delimiter + process.env.PATH, HOME: base, ...env },
  });

test('the configuration that docs/ci.md shows is one', async () => {
  const { parse: parseJsonc } = await import('jsonc-parser');
  expect(configSchema.safeParse(parseJsonc(block('Budgets', 'jsonc'))).error).toBeUndefined();
});

interface Step {
  readonly id?: string;
  readonly if?: string;
  readonly shell?: string;
  readonly run: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly 'working-directory'?: string;
}
interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

describe('action.yml', () => {
  const action = parse(readFileSync('action.yml', 'utf8')) as Action;

  test('is a composite action whose steps say their shell and take no input into their script', () => {
    expect(action.runs.using).toBe('composite');
    for (const { shell, run } of action.runs.steps) {
      expect(shell).toBe('bash');
      expect(run).not.toContain('${{');
    }
  });

  /** As the host runs it: expressions, outputs of steps, one summary. */
  const run = (given: Readonly<Record<string, string>>, cwd = workspace()) => {
    const inputs = new Map(
      Object.entries(action.inputs).map(([name, { default: value = '' }]): [string, string] => [name, given[name] ?? value]),
    );
    expect([...inputs.keys()]).toEqual(expect.arrayContaining(Object.keys(given)));
    const outputs = new Map<string, string>();
    const temp = mkdtempSync(join(base, 'runner-'));
    const file = (name: string): string => join(temp, name);
    const value = (text: string): string =>
      text.replace(/\$\{\{\s*(inputs|steps\.check\.outputs)\.([\w-]+)\s*\}\}/g, (_, from: string, name: string) =>
        from === 'inputs' ? inputs.get(name)! : (outputs.get(name) ?? ''),
      );
    const holds = (condition: string | undefined): boolean =>
      condition === undefined ||
      /^\$\{\{ (.*) \}\}$/
        .exec(condition)![1]!
        .split(' && ')
        .every((part) => {
          const [, left, is, right] = /^([\w.-]+) (==|!=) '(.*)'$/.exec(part)!;
          return (value(`\${{ ${left} }}`) === right) === (is === '==');
        });
    let status = 0;
    let out = '';
    for (const step of action.runs.steps) {
      if (status !== 0 || !holds(step.if)) continue;
      writeFileSync(file('output'), '');
      const env = Object.fromEntries(Object.entries(step.env ?? {}).map(([name, text]) => [name, value(text)]));
      const host = {
        CI: 'true',
        RUNNER_TEMP: temp,
        GITHUB_OUTPUT: file('output'),
        GITHUB_STEP_SUMMARY: file('summary'),
        GITHUB_RUN_ID: '1',
        GITHUB_RUN_ATTEMPT: '1',
      };
      const where = resolve(cwd, value(step['working-directory'] ?? '.'));
      const ended = bash(step.run, where, { ...env, ...host }, ['-e', '-o', 'pipefail']);
      status = ended.status ?? 1;
      out += ended.stdout + ended.stderr;
      for (const line of readFileSync(file('output'), 'utf8').split('\n').filter(Boolean))
        outputs.set(line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1));
    }
    const summary = existsSync(file('summary')) ? readFileSync(file('summary'), 'utf8') : '';
    return { status, out, summary, outputs };
  };

  test('a broken budget fails the job, with annotations, a summary and the result', () => {
    const { status, out, summary, outputs } = run({ logs: 'logs/\n', args: '--max-redundant=5%\n', package: 'token-tax@0.1' });
    expect([status, outputs.get('status')]).toEqual([1, '1']);
    expect(out).toContain('FAIL');
    expect(out).toMatch(/^::error/m);
    expect(summary).toContain('83.3%');
    expect(JSON.parse(readFileSync(outputs.get('result')!, 'utf8')).budgets).toMatchObject([{ result: 'fail' }]);
    expect(readFileSync(join(base, 'package'), 'utf8').trim()).toBe('token-tax@0.1');
  });

  test('a budget that is kept passes', () =>
    expect(run({ logs: 'logs/', args: '--max-redundant=100%' })).toMatchObject({
      status: 0,
      out: expect.stringContaining('kept'),
    }));

  test('without a result there is no summary, and the status is that of the check', () =>
    expect(run({ logs: 'no-such/' })).toMatchObject({ status: 2, summary: '' }));

  test('inputs are no commands', () => {
    const cwd = workspace();
    expect(run({ logs: '$(touch pwned)\n`touch pwned`\n; touch pwned', args: '--max-redundant=5%' }, cwd).status).toBe(2);
    expect(existsSync(join(cwd, 'pwned'))).toBe(false);
  });

  test('the workflow of docs/ci.md gives it inputs that it has', () => {
    const { jobs } = parse(block('GitHub', 'yaml')) as {
      jobs: Record<string, { steps: { uses: string; with?: Record<string, string> }[] }>;
    };
    const step = jobs['token-tax']!.steps.find(({ uses }) => uses.startsWith('token-tax/'))!;
    expect(run(step.with!)).toMatchObject({ status: 1, summary: expect.stringContaining('83.3%') });
  });
});

describe('docs/ci.md', () => {
  test('GitLab: the script fails the job and leaves its reports', () => {
    const jobs = parse(block('GitLab', 'yaml')) as Record<
      string,
      { script: string[]; artifacts: { reports: Record<string, string> } }
    >;
    const { script, artifacts } = jobs['token-tax']!;
    const cwd = workspace();
    expect(bash(script.join('\n'), cwd, { GITLAB_CI: 'true', CI: 'true' }).status).toBe(1);
    expect(Array.isArray(JSON.parse(readFileSync(join(cwd, artifacts.reports.codequality!), 'utf8')))).toBe(true);
    expect(readFileSync(join(cwd, artifacts.reports.junit!), 'utf8')).toContain('<failure');
  });

  test('CircleCI: the command fails the job and leaves its results', () => {
    const file = parse(block('CircleCI', 'yaml')) as {
      jobs: Record<string, { steps: (string | Record<string, { command?: string; path?: string }>)[] }>;
    };
    const steps = file.jobs['token-tax']!.steps.flatMap((step) => (typeof step === 'string' ? [] : [step]));
    const find = (name: string) => steps.find((step) => step[name] !== undefined)![name]!;
    const cwd = workspace();
    expect(bash(find('run').command!, cwd, { CI: 'true' }, ['-eo', 'pipefail']).status).toBe(1);
    expect(readFileSync(join(cwd, find('store_test_results').path!, 'token-tax/junit.xml'), 'utf8')).toContain('<failure');
  });

  test('Jenkins: the step fails the stage and leaves what junit reads', () => {
    const pipeline = block('Jenkins', 'groovy');
    const [, script] = /sh '''([\s\S]*?)'''/.exec(pipeline)!;
    const [, report] = /junit '(.*?)'/.exec(pipeline)!;
    const cwd = workspace();
    expect(bash(script!, cwd, {}, ['-xe']).status).toBe(1);
    expect(readFileSync(join(cwd, report!), 'utf8')).toContain('<testsuite');
  });

  test('without logs of production: a sample, a gateway, a provider that counts', () => {
    const [, command] = /```sh\n(token-tax check sample\.log .*)\n```/.exec(page)!;
    const cwd = workspace();
    cpSync(join(cwd, 'logs/gateway.log'), join(cwd, 'sample.log'));
    // It fetches a token for each request; with CACHE=1, one for all.
    const gateway = `import { createServer } from 'node:http';
const body = () => new URLSearchParams({ grant_type: 'client_credentials', client_id: 'a', client_secret: 'b' });
const fetched = () => fetch(process.env.TOKEN_ENDPOINT, { method: 'POST', body: body() }).then((answer) => answer.json());
let token;
createServer(async (_, response) => {
  await (process.env.CACHE === '1' ? (token ??= fetched()) : fetched());
  response.end('ok');
}).listen(Number(process.env.PORT), '127.0.0.1');
`;
    writeFileSync(join(cwd, 'gateway.mjs'), gateway);
    const scripts = { start: `"${process.execPath}" gateway.mjs` };
    writeFileSync(join(cwd, 'package.json'), JSON.stringify({ private: true, scripts }));
    const line = command!
      .replace('token-tax', 'npx --yes --package token-tax token-tax')
      .replace('--max-fetches-per-1000 10', '--max-fetches-per-1000 500 --within 2s');
    expect(bash(line, cwd)).toMatchObject({ status: 1, stdout: expect.stringContaining('maxFetchesPer1000') });
    expect(bash(line, cwd, { CACHE: '1' })).toMatchObject({ status: 0, stdout: expect.stringContaining('pass') });
  }, 60_000);
});
