import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { choose } from '../cli/choose.js';
import { pages as generate } from '../cli/docs/pages.js';
import { commands } from '../cli/index.js';
import { parse } from '../cli/parse.js';

const all = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync('docs', { encoding: 'utf8' }).map((name) => `docs/${name}`),
];
const pages = all
  .filter((path) => path.endsWith('.md'))
  .map((path) => [path, readFileSync(path, 'utf8')] as const);

const generated = generate();

/** What is run as a line of a code block or stands in a sentence as code. */
const commandLines = pages
  .filter(([path]) => !(path in generated))
  .flatMap(([path, text]) =>
    [...text.matchAll(/(?:^|`)(npx sightline|npx vitest run|npm run) ([^`\n#]+)/gm)].map(
      ([, program, rest]) => [path, program!, rest!.trim()] as const,
    ),
  );
const ofProgram = (wanted: string) =>
  commandLines.filter(([, program]) => program === wanted).map(([path, , rest]) => [rest, path] as const);

describe('the README', () => {
  it('has fewer than 900 words', () => {
    const [, text] = pages[0]!;
    expect(text.split(/\s+/).filter((word) => word !== '').length).toBeLessThan(900);
  });

  it('names every notebook', () => {
    const named = [...pages[0]![1].matchAll(/^\| `(\d\d_\w+)` \|/gm)].map(([, name]) => `${name}.ipynb`);
    expect(named).toEqual(
      readdirSync('notebooks', { encoding: 'utf8' }).filter((name) => name.endsWith('.ipynb')),
    );
  });
});

describe('the pages', () => {
  it.each(ofProgram('npx sightline'))(
    'name a command that there is, with its flags: %s (%s)',
    async (line) => {
      const chosen = choose(commands, line.split(/\s+/));
      if (!('command' in chosen)) throw new Error(`${line} names no command`);
      await expect(parse(chosen.command, chosen.rest)).resolves.toBeDefined();
    },
  );

  it.each(ofProgram('npm run'))('name a script that there is: %s (%s)', (line) => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(Object.keys(scripts)).toContain(line.split(' ')[0]);
  });

  it.each(ofProgram('npx vitest run'))('name tests that there are: %s (%s)', (line) => {
    expect(line.split(/\s+/).filter((path) => !existsSync(path))).toEqual([]);
  });

  it.each(pages)('%s links to what is there', (path, text) => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
    const own = links.filter((target) => !/^(https?:|#)/.test(target)).map((target) => target.split('#')[0]!);
    expect(own.filter((target) => !existsSync(join(dirname(path), target)))).toEqual([]);
  });
});

describe('the page on architecture', () => {
  const text = readFileSync('docs/architecture.md', 'utf8');
  const column = (heading: string) =>
    text
      .split(`\n## ${heading}\n`)[1]!
      .split('\n## ')[0]!
      .split('\n')
      .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name!));

  it('names every layer', () => {
    const layers = readdirSync('src', { encoding: 'utf8' }).filter((name) => !name.endsWith('.test.ts'));
    expect(column('The layers').sort()).toEqual(layers.map((name) => `src/${name}`).sort());
  });

  it('says of every dependency why it is there', () => {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(
      readFileSync('package.json', 'utf8'),
    );
    const wanted = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
    expect(column('Dependencies').sort()).toEqual(wanted.sort());
  });

  it('names files and folders that there are', () => {
    const named = [...text.matchAll(/`([a-z-]+\/[\w./-]*)`/g)].map(([, path]) => path!);
    expect(named.filter((path) => !existsSync(path) && !existsSync(join('src', path)))).toEqual([]);
  });
});
