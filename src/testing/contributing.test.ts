import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Where a recipe's tests are, and a program that says whether its member is in the registry. */
interface Check {
  readonly tests: string;
  /** A name in the titles of the member's tests. */
  readonly member: string;
  readonly registry: string;
  readonly of: string;
}

const checks: Readonly<Record<string, Check>> = {
  'Add a metric': {
    tests: 'src/evaluation/contract.test.ts',
    member: 'greatest-share',
    registry: './evaluation/index.js',
    of: 'metrics',
  },
  'Add a method': {
    tests: 'src/attribution/contract.test.ts',
    member: 'gradient-x-sign',
    registry: './attribution/index.js',
    of: 'methods',
  },
  'Add a data set': {
    tests: 'src/data/datasets/contract.test.ts',
    member: 'hand-fractures',
    registry: './data/catalogue.js',
    of: 'datasets',
  },
};

interface Block {
  readonly path: string;
  /** Whether the code is added to a file that there is. */
  readonly more: boolean;
  readonly code: string;
}

const page = readFileSync('CONTRIBUTING.md', 'utf8');
const recipes = page
  .split(/^## /m)
  .filter((section) => section.startsWith('Add '))
  .map((section) => ({ title: section.split('\n')[0]!, blocks: blocksOf(section) }));

/** The blocks of code: the first line says, as a comment, which file it is. */
function blocksOf(section: string): Block[] {
  return [...section.matchAll(/^```ts\n\/\/ (\S+?)(, one more line)?\n([\s\S]*?)^```$/gm)].map(
    ([, path, more, code]) => ({ path: path!, more: more !== undefined, code: code! }),
  );
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
const found = [
  "import { expect, it } from 'vitest';",
  ...Object.values(checks).map(({ of, registry }) => `import { ${of} } from '${registry}';`),
  ...Object.values(checks).map(
    ({ of, member }) => `it('${member} is found', () => expect(Object.keys(${of})).toContain('${member}'));`,
  ),
  '',
].join('\n');

beforeAll(() => {
  for (const name of ['src', 'package.json', 'tsconfig.json', 'vitest.config.ts', 'biome.json', '.gitignore'])
    cpSync(name, join(tree, name), { recursive: true });
  for (const name of ['node_modules', 'dist']) symlinkSync(resolve(name), join(tree, name));
  for (const { path, more, code } of recipes.flatMap(({ blocks }) => blocks))
    writeFileSync(join(tree, path), code, { flag: more ? 'a' : 'wx' });
  writeFileSync(join(tree, 'src/found.test.ts'), found);
});

describe('the recipes of CONTRIBUTING.md', () => {
  it('are those that are tried here', () => {
    expect(recipes.map(({ title }) => title)).toEqual(Object.keys(checks));
  });

  it.each(recipes)('$title takes at most 15 lines', ({ blocks }) => {
    const lines = blocks.flatMap(({ path, code }) => [
      path,
      ...code.split('\n').filter((line) => line !== ''),
    ]);
    expect(blocks.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThanOrEqual(15);
  });

  it('format and lint without a complaint', async () => {
    await run(
      '@biomejs/biome/bin/biome',
      'check',
      '--write',
      ...recipes.flatMap(({ blocks }) => blocks.map(({ path }) => path)),
    );
  });

  it('have the right types', async () => {
    await run('typescript/bin/tsc', '-p', 'tsconfig.json', '--noEmit');
  });

  it('pass the tests of all members, and are found in the registries', async () => {
    const report = join(tree, 'report.json');
    const files = [...Object.values(checks).map(({ tests }) => tests), 'src/found.test.ts'];
    const names = Object.values(checks).map(({ member }) => member);
    const only = ['-t', names.join('|'), '--reporter=json', `--outputFile=${report}`];
    await run('vitest/vitest.mjs', 'run', '--no-cache', ...only, ...files);
    const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
    const passed: string[] = testResults.flatMap((file: { assertionResults: Outcome[] }) =>
      file.assertionResults.filter(({ status }) => status === 'passed').map(({ fullName }) => fullName),
    );
    for (const { member } of Object.values(checks)) {
      expect(passed).toContain(`${member} is found`);
      expect(passed.filter((title) => title.includes(member)).length).toBeGreaterThan(2);
    }
  });
});

describe('the notebook example of the README', () => {
  it('has the right types where sightline is a package', async () => {
    const [, code] = /^```ts\n(import [\s\S]*?)^```$/m.exec(readFileSync('README.md', 'utf8'))!;
    writeFileSync(join(tree, 'example.mts'), code!);
    const options = [
      '--strict',
      '--skipLibCheck',
      '--target',
      'es2022',
      '--module',
      'nodenext',
      '--types',
      'node',
    ];
    await run('typescript/bin/tsc', '--ignoreConfig', '--noEmit', ...options, 'example.mts');
  });
});

interface Outcome {
  readonly status: string;
  readonly fullName: string;
}
