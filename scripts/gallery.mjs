/**
 * Writes docs/gallery.md: what the program prints of the bundled captures, and pictures of its pages. `node scripts/gallery.mjs`, after a
 * build; `--text` leaves the pictures as they are. A test holds the text to the program; pictures differ from machine to machine.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const captures = join(root, 'fixtures', 'captures');

/** Every command runs in fixtures/captures. `shows`: how its output stands on the page. */
const shown = [
  {
    title: 'One screen',
    says: 'A gateway that asks for a token on every request, in the words of the terminal.',
    command: 'token-tax analyze no-cache --lifetime 3600s --price 2.25/1000',
  },
  {
    title: 'One finding in full',
    says: 'No single flight: whenever the token ends, every request in flight fetches one. What decided, what speaks against the rivals, where to look.',
    command: 'token-tax analyze expiry-burst --lifetime 10s --finding 1',
  },
  {
    title: 'What other caches would have done',
    says: 'The same traffic under other policies.',
    command: 'token-tax simulate expiry-burst --lifetime 10s',
  },
  {
    title: 'A budget that is broken, and one that holds',
    says: 'In a pipeline: exit code 1, and 0.',
    command: 'token-tax check no-cache --lifetime 3600s --max-redundant 5%',
  },
  { command: 'token-tax check shared-cache --lifetime 20s --max-redundant 5% --max-hidden 1' },
  {
    says: 'As annotations of GitHub:',
    command: 'token-tax check no-cache --lifetime 3600s --max-redundant 5% --format github --ci none',
  },
  {
    title: 'The comment on a pull request',
    says: 'Markdown, as a host of code shows it.',
    command: 'token-tax analyze no-cache --lifetime 3600s --format md',
    shows: 'markdown',
  },
  {
    title: 'Before and after',
    says: 'Two logs or two saved results: better, the same, worse, or not to be told.',
    command: 'token-tax compare no-cache shared-cache',
  },
];

/** `run`: the words of a command without `token-tax` to what it prints on stdout, in 80 columns without colour. */
export const galleryPage = async (run) => {
  const parts = [];
  for (const { title, says, command, shows } of shown) {
    const output = (await run(command.split(' ').slice(1))).trimEnd();
    if (title !== undefined) parts.push(`## ${title}`, '');
    if (says !== undefined) parts.push(says, '');
    if (shows === 'markdown')
      parts.push(`\`${command}\``, '', ...output.split('\n').map((line) => (line === '' ? '>' : `> ${line}`)), '');
    else parts.push('```console', `$ ${command}`, output, '```', '');
  }
  return [
    '# Gallery',
    '',
    'Real output, made by `node scripts/gallery.mjs` from the logs of real servers in `fixtures/captures`, which are part of this repository. Run',
    'any of it there.',
    '',
    ...parts,
    '## The web page',
    '',
    'One file, no request leaves it, text and tables and drawings need no script: `token-tax analyze LOGS --output html=tax.html`.',
    '',
    '![The verdict, what to fix, and requests and fetches over time](gallery/report.png)',
    '',
    'Each bar is a token from its fetch to its end, each tick a fetch. Bars on top of each other are the tax; here a dark screen.',
    '',
    '![The lives of tokens, bursts of redundant ones at each expiry](gallery/lives-dark.png)',
    '',
    'A finding with the gaps between its fetches, when they were, and where to look:',
    '',
    '![A finding in full](gallery/finding.png)',
    '',
    'On a phone:',
    '',
    '![The page on a narrow screen](gallery/phone.png)',
    '',
    'The page of `token-tax compare BEFORE AFTER --output html=change.html`: both on the same scales.',
    '',
    '![Two results on the same scales](gallery/compare.png)',
    '',
  ].join('\n');
};

const bin = join(root, 'bin', 'token-tax.js');
const printed = (words) => {
  const { stdout, status, stderr } = spawnSync(process.execPath, [bin, ...words], {
    cwd: captures,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, LANG: 'C' },
  });
  if (status > 1) throw new Error(`token-tax ${words.join(' ')}: ${stderr}`);
  return stdout;
};

/** What the browser shows of a page; `of` is an element, else as much as `height`. */
const pictures = [
  { file: 'report.png', page: 'no-cache', width: 1280, height: 1500, scheme: 'light' },
  { file: 'lives-dark.png', page: 'expiry-burst', width: 1280, of: '#lives', scheme: 'dark' },
  { file: 'finding.png', page: 'expiry-burst', width: 1280, height: 1400, of: '#findings', scheme: 'light' },
  { file: 'phone.png', page: 'expiry-burst', width: 390, height: 1300, scheme: 'light' },
  { file: 'compare.png', page: 'compare', width: 1280, height: 1500, scheme: 'light' },
];
const LARGEST = 400_000;

const takePictures = async (folder) => {
  const { chromium } = await import('playwright-core');
  const out = join(root, 'docs', 'gallery');
  mkdirSync(out, { recursive: true });
  printed([
    'analyze',
    'no-cache',
    '--lifetime',
    '3600s',
    '--price',
    '2.25/1000',
    '-q',
    '--output',
    `html=${join(folder, 'no-cache.html')}`,
  ]);
  printed(['analyze', 'expiry-burst', '--lifetime', '10s', '-q', '--output', `html=${join(folder, 'expiry-burst.html')}`]);
  printed(['compare', 'no-cache', 'shared-cache', '--output', `html=${join(folder, 'compare.html')}`]);
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  try {
    for (const { file, page: name, width, height = 900, of, scheme } of pictures) {
      const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme, reducedMotion: 'reduce' });
      await page.goto(pathToFileURL(join(folder, `${name}.html`)).href);
      await page.waitForTimeout(500);
      const path = join(out, file);
      if (of === undefined) await page.screenshot({ path });
      else await page.locator(of).first().screenshot({ path });
      await page.close();
      const { size } = statSync(path);
      if (size > LARGEST) throw new Error(`${file} has ${size} bytes`);
    }
  } finally {
    await browser.close();
  }
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(join(root, 'docs', 'gallery.md'), await galleryPage(printed));
  if (!process.argv.includes('--text')) {
    const folder = mkdtempSync(join(tmpdir(), 'token-tax-gallery-'));
    try {
      await takePictures(folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}
