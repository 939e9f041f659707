import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const LINE_WIDTH = 110;

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => join('src', path))
  .sort();

const linesOf = (path: string) => readFileSync(path, 'utf8').split('\n');

interface Declaration {
  readonly path: string;
  readonly lines: readonly string[];
  /** Index of the line that declares it. */
  readonly at: number;
}

const reexport = /export (?:type )?(?:\*(?: as (\w+))?|\{([^}]*)\}) from '(\.[^']*)\.js'/g;

/** What a file exports from others: names (`undefined` for all of them) and the file that they come from. */
const reexportsOf = (path: string) =>
  [...readFileSync(path, 'utf8').matchAll(reexport)].map(([, space, names, from]) => ({
    space,
    names: names?.split(',').flatMap((name) => name.replace('type ', '').trim() || []),
    from: `${join(dirname(path), from!)}.ts`,
  }));

/** Where an exported name is declared: in the file, or in one that it exports from. */
function declarationsOf(path: string, name: string): Declaration[] {
  const lines = linesOf(path);
  const declares = new RegExp(`^export (?:async )?(?:function|const|interface|type|class) ${name}\\b`);
  const at = lines.findIndex((line) => declares.test(line));
  if (at >= 0) return [{ path, lines, at }];
  return reexportsOf(path)
    .filter(({ names }) => names === undefined || names.includes(name))
    .flatMap(({ from }) => declarationsOf(from, name));
}

/** The names that a file declares and exports, or exports from others. */
const namesIn = (path: string): string[] => [
  ...linesOf(path).flatMap(
    (line) => /^export (?:async )?(?:function|const|interface|type|class) (\w+)/.exec(line)?.[1] ?? [],
  ),
  ...reexportsOf(path).flatMap(({ names = [] }) => names),
];

const exported: readonly (readonly [string, Declaration[]])[] = reexportsOf('src/index.ts').flatMap(
  ({ space, names, from }) =>
    (names ?? namesIn(from)).map(
      (name) => [space ? `${space}.${name}` : name, declarationsOf(from, name)] as const,
    ),
);

const isDocumented = ({ lines, at }: Pick<Declaration, 'lines' | 'at'>) =>
  lines[at - 1]?.trimEnd().endsWith('*/') ?? false;

describe('public exports', () => {
  it('are found where they are declared', () => {
    expect(exported.length).toBeGreaterThan(100);
    expect(exported.filter(([, found]) => found.length !== 1).map(([name]) => name)).toEqual([]);
  });

  it('have a doc comment', () => {
    const bare = exported.filter(([, found]) => !found.every(isDocumented));
    expect(bare.map(([name]) => name)).toEqual([]);
  });

  it('have a doc comment on each of their fields', () => {
    const bare = exported.flatMap(([name, found]) =>
      found.flatMap(({ lines, at }) =>
        fieldsOf(lines, at)
          .filter((line) => !isDocumented({ lines, at: line }))
          .map((line) => `${name}: ${lines[line]!.trim()}`),
      ),
    );
    expect(bare).toEqual([]);
  });
});

/** Lines of an interface's own fields and methods. */
function fieldsOf(lines: readonly string[], at: number): number[] {
  if (!/^export (?:interface|type)[^;]*\{$/.test(lines[at]!)) return [];
  const end = lines.findIndex((line, i) => i > at && line.startsWith('}'));
  return lines.flatMap((line, i) =>
    i > at && i < end && /^ {2}(?:readonly )?\w+\??[:(<]/.test(line) ? [i] : [],
  );
}

describe('source lines', () => {
  it('of comments fit the line width', () => {
    const long = sources.flatMap((path) =>
      linesOf(path).flatMap((line, i) =>
        line.length > LINE_WIDTH && /^\s*(?:\/\/|\/?\*)(?!.*(?:biome-ignore|https?:))/.test(line)
          ? [`${path}:${i + 1}`]
          : [],
      ),
    );
    expect(long).toEqual([]);
  });

  it('that title a test have less than 80 characters of title', () => {
    const titled = /^\s*(?:it|test|describe)(?:\.\w+(?:\(.*?\))?)*\(\s*(['"`])(.*?)\1,/;
    const long = sources
      .filter((path) => path.endsWith('.test.ts'))
      .flatMap((path) => linesOf(path).map((line) => titled.exec(line)?.[2] ?? ''))
      .filter((title) => title.length >= 80);
    expect(long).toEqual([]);
  });
});
