import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

vi.setConfig({ testTimeout: 300_000 });

/** A recipe's tests, a part of the titles of those of its member, and how the program comes to the member. */
interface Check {
  readonly tests: readonly string[];
  readonly member: string;
  readonly from: string;
  readonly found: string;
}

const checks: Readonly<Record<string, Check>> = {
  'Add a metric': {
    tests: ['src/evaluation/contract.test.ts'],
    member: 'greatest-share',
    from: "import { metrics } from './evaluation/index.js';",
    found: "'greatest-share' in metrics",
  },
  'Add a method': {
    tests: ['src/attribution/contract.test.ts'],
    member: 'gradient-x-sign',
    from: "import { methods } from './attribution/index.js';",
    found: "'gradient-x-sign' in methods",
  },
  'Add a data set': {
    tests: ['src/data/datasets/contract.test.ts'],
    member: 'hand-fractures',
    from: "import { datasets } from './data/datasets/catalogue.js';",
    found: "'hand-fractures' in datasets",
  },
  "Add an operator's rule": {
    tests: ['rules/gradient/gradient', 'rules/rules', 'catalogue/catalogue'].map(
      (name) => `src/graph/${name}.test.ts`,
    ),
    member: 'ReverseSequence',
    from: "import { gradientRules } from './graph/rules/gradient/index.js';",
    found: "typeof gradientRules.ReverseSequence === 'function'",
  },
};
const members = Object.values(checks).map(({ member }) => member);

interface Block {
  readonly path: string;
  readonly lines: readonly string[];
  /** What the file is with the block's code: a new file, or the present text with a change. */
  readonly change: (present: string) => string;
}

const page = readFileSync('CONTRIBUTING.md', 'utf8');
const recipes = page
  .split(/^## /m)
  .filter((section) => section.startsWith('Add '))
  .map((section) => ({ title: section.split('\n')[0]!, blocks: blocksOf(section) }));

/** The blocks of code: the first line says, as a comment, which file it is. */
function blocksOf(section: string): Block[] {
  const blocks = section.matchAll(/^```(ts|diff)\n ?\/\/ (\S+?)(, at the end)?\n([\s\S]*?)^```$/gm);
  return [...blocks].map(([, kind, path, atEnd, code]) => {
    const lines = code!.trimEnd().split('\n');
    if (kind === 'diff') return { path: path!, lines, change: replacing(lines) };
    return { path: path!, lines, change: (present) => (atEnd ? present + code : code!) };
  });
}

/** What a diff does to a text that has its old lines once. */
function replacing(lines: readonly string[]): Block['change'] {
  const without = (mark: string) =>
    lines.filter((line) => !line.startsWith(mark)).map((line) => `${line.slice(1)}\n`);
  const [old, mended] = [without('+').join(''), without('-').join('')];
  return (present) => {
    const parts = present.split(old);
    if (parts.length !== 2) throw new Error(`the file has these lines ${parts.length - 1} times:\n${old}`);
    return parts.join(mended);
  };
}

const tree = mkdtempSync(join(tmpdir(), 'contributing-'));
afterAll(() => rmSync(tree, { recursive: true }));

/** Runs a program of node_modules in the copy; what it printed is the error where it fails. */
async function run(program: string, ...args: readonly string[]) {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME };
  await promisify(execFile)(process.execPath, [join('node_modules', program), ...args], {
    cwd: tree,
    env,
  }).catch((error) => {
    throw new Error(`${program} ${args.join(' ')}\n${error.stdout}${error.stderr}`);
  });
}

/** A test file that finds the new members where the program looks them up. */
const finding = [
  "import { expect, it } from 'vitest';",
  ...Object.values(checks).map(({ from }) => from),
  ...Object.values(checks).map(
    ({ member, found }) => `it('finds ${member}', () => expect(${found}).toBe(true));`,
  ),
  '',
].join('\n');

beforeAll(() => {
  for (const name of [
    'src',
    'package.json',
    'tsconfig.json',
    'vitest.config.mts',
    'biome.json',
    '.gitignore',
  ])
    cpSync(name, join(tree, name), { recursive: true });
  for (const name of ['node_modules', 'dist']) symlinkSync(resolve(name), join(tree, name));
  for (const { path, change } of recipes.flatMap(({ blocks }) => blocks)) {
    const file = join(tree, path);
    writeFileSync(file, change(existsSync(file) ? readFileSync(file, 'utf8') : ''));
  }
  writeFileSync(join(tree, 'src/finding.test.ts'), finding);
});

describe('the recipes of CONTRIBUTING.md', () => {
  it('are those that are tried here', () => {
    expect(recipes.map(({ title }) => title)).toEqual(Object.keys(checks));
  });

  it.each(recipes)('$title takes at most 15 lines', ({ blocks }) => {
    const lines = blocks.flatMap((block) => [block.path, ...block.lines.filter((line) => line !== '')]);
    expect(blocks.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThanOrEqual(15);
  });

  it('format and lint without a complaint', async () => {
    const paths = recipes.flatMap(({ blocks }) => blocks.map(({ path }) => path));
    await run('@biomejs/biome/bin/biome', 'check', '--write', ...paths);
  });

  it('have the right types', async () => {
    await run('typescript/bin/tsc', '-p', 'tsconfig.json', '--noEmit');
  });

  it('pass the tests of all members, and are found in the registries', async () => {
    const report = join(tree, 'report.json');
    const files = [...Object.values(checks).flatMap(({ tests }) => tests), 'src/finding.test.ts'];
    const only = ['-t', members.join('|'), '--reporter=json', `--outputFile=${report}`];
    await run('vitest/vitest.mjs', 'run', '--no-cache', ...only, ...files);
    const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
    const passed: string[] = testResults.flatMap((file: { assertionResults: Outcome[] }) =>
      file.assertionResults.filter(({ status }) => status === 'passed').map(({ fullName }) => fullName),
    );
    for (const member of members) {
      expect(passed).toContain(`finds ${member}`);
      expect(passed.filter((title) => title.includes(member)).length).toBeGreaterThan(2);
    }
  });
});

describe('the notebook example of the README', () => {
  it('has the right types where sightline is a package', async () => {
    const [, code] = /^```ts\n(import [\s\S]*?)^```$/m.exec(readFileSync('README.md', 'utf8'))!;
    writeFileSync(join(tree, 'example.mts'), code!);
    const options = '--strict --skipLibCheck --target es2022 --module nodenext --types node'.split(' ');
    await run('typescript/bin/tsc', '--ignoreConfig', '--noEmit', ...options, 'example.mts');
  });
});

interface Outcome {
  readonly status: string;
  readonly fullName: string;
}
