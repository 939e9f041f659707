import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

/** What each room of the house may import, beside itself and `base`. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  base: [],
  tensor: [],
  statistics: ['tensor'],
  data: ['tensor'],
  graph: ['tensor'],
  engine: ['tensor', 'graph'],
  model: ['tensor', 'data', 'graph', 'engine'],
  attribution: ['tensor', 'graph', 'engine', 'model'],
  evaluation: ['tensor', 'model', 'attribution'],
  synthetic: ['tensor', 'statistics', 'data'],
  benchmark: [
    ...['tensor', 'statistics', 'data', 'graph', 'engine', 'model', 'attribution', 'evaluation'],
    'synthetic',
  ],
  figures: ['tensor', 'types of benchmark'],
  literature: ['data', 'model', 'attribution', 'evaluation', 'benchmark'],
  report: ['tensor', 'data', 'model', 'attribution', 'benchmark', 'literature', 'figures'],
  'ground-truth': [
    ...['tensor', 'statistics', 'data', 'graph', 'engine', 'model', 'attribution', 'evaluation'],
    ...['synthetic', 'benchmark', 'figures', 'report'],
  ],
  'show.ts': ['tensor', 'data', 'figures'],
  api: [
    ...['tensor', 'data', 'graph', 'engine', 'model', 'attribution', 'evaluation', 'synthetic'],
    ...['benchmark', 'figures', 'show.ts', 'ground-truth'],
  ],
  'index.ts': [
    ...['tensor', 'data', 'graph', 'engine', 'model', 'attribution', 'evaluation', 'synthetic'],
    ...['benchmark', 'statistics', 'literature', 'figures', 'report', 'show.ts', 'api'],
  ],
  export: ['tensor', 'graph', 'engine', 'model', 'attribution', 'figures'],
  cli: [
    ...['tensor', 'data', 'graph', 'engine', 'model', 'attribution', 'evaluation', 'synthetic'],
    ...['benchmark', 'statistics', 'literature', 'figures', 'report', 'export'],
    'ground-truth',
  ],
};

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typesOnly: boolean;
}

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((path) => path.split(sep).join('/'))
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
  .sort();

const roomOf = (path: string) => path.split('/')[0]!;
const isTest = (path: string) => path.endsWith('.test.ts') || roomOf(path) === 'testing';

const statement =
  /(?:^|\n)\s*(?:import|export)\s+(type\s+)?([^;'"]*?)\sfrom\s+['"](\.[^'"]*)['"]|(?:import|require)\(\s*['"](\.[^'"]*)['"]|(?:^|\n)import\s+['"](\.[^'"]*)['"]/g;

function importsOf(path: string): Import[] {
  const text = readFileSync(join('src', path), 'utf8');
  return [...text.matchAll(statement)].map(([, type, names = '', from, called, bare]) => {
    const inBraces = /^\{([^}]*)\}$/.exec(names.trim())?.[1];
    const all = inBraces
      ?.split(',')
      .map((name) => name.trim())
      .filter(Boolean);
    return {
      from: path,
      to: normalize(join(dirname(path), (from ?? called ?? bare)!))
        .split(sep)
        .join('/')
        // AssemblyScript names files without their ending.
        .replace(/(\.js)?$/, '.ts'),
      typesOnly: type !== undefined || (all?.every((name) => name.startsWith('type ')) ?? false),
    };
  });
}

const imports = files.filter((path) => !isTest(path)).flatMap(importsOf);

function allowed({ from, to, typesOnly }: Import): boolean {
  const [own, other] = [roomOf(from), roomOf(to)];
  const may = rooms[own] ?? [];
  return (
    own === other ||
    (other === 'base' && own in rooms) ||
    may.includes(other) ||
    (typesOnly && may.includes(`types of ${other}`))
  );
}

describe('the layers', () => {
  it('read enough imports to say anything', () => {
    expect(files.length).toBeGreaterThan(200);
    expect(imports.length).toBeGreaterThan(500);
    expect(imports.every(({ to }) => files.includes(to))).toBe(true);
  });

  it('know a violation when they see one', () => {
    const one = { from: 'tensor/npy.ts', to: 'graph/read.ts', typesOnly: true };
    expect(allowed(one)).toBe(false);
    expect(allowed({ from: 'figures/scores.ts', to: 'benchmark/run.ts', typesOnly: false })).toBe(false);
    expect(allowed({ from: 'figures/scores.ts', to: 'benchmark/rows.ts', typesOnly: true })).toBe(true);
    expect(allowed({ from: 'graph/read.ts', to: 'testing/shared.ts', typesOnly: false })).toBe(false);
  });

  it('have a place for every file', () => {
    const strangers = files.filter((path) => !isTest(path) && !(roomOf(path) in rooms));
    expect(strangers).toEqual([]);
  });

  it('import only what lies below them', () => {
    const wrong = imports.filter((one) => !allowed(one)).map(({ from, to }) => `${from} imports ${to}`);
    expect(wrong).toEqual([]);
  });

  it('allow no cycle between rooms', () => {
    expect(cyclic(imports.map(({ from, to }) => [roomOf(from), roomOf(to)]))).toEqual([]);
  });

  it('allow no cycle between the folders of a room', () => {
    const folders = imports.map(({ from, to }) => [dirname(from), dirname(to)] as const);
    const inner = folders.filter(([from, to]) => !within(from, to) && !within(to, from));
    expect(cyclic(inner)).toEqual([]);
  });

  it('allow no folder and subfolder that import each other', () => {
    expect(mutual(imports)).toEqual([]);
  });

  it('know a folder and a subfolder that import each other', () => {
    const down = { from: 'engine/remote.ts', to: 'engine/cpu/nchwc/fuse.ts', typesOnly: true };
    const up = { from: 'engine/cpu/prepare.ts', to: 'engine/engine.ts', typesOnly: true };
    expect(mutual([down, up])).toEqual(['engine and engine/cpu']);
    expect(mutual([{ ...down, from: 'engine/index.ts' }, up])).toEqual([]);
  });

  it('allow no file that imports itself through others, types included', () => {
    expect(cyclic(imports.map(({ from, to }) => [from, to]))).toEqual([]);
  });

  it('find a cycle where there is one', () => {
    const edges = [
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'b'],
      ['c', 'd'],
    ] as const;
    expect(cyclic(edges)).toEqual(['b', 'c']);
  });
});

/**
 * Folders and their direct subfolders, where files of each import from the other, deeper folders included.
 */
function mutual(all: readonly Import[]): string[] {
  const pairs = (from: string, to: string) =>
    within(from, to) && from !== to ? [`${to} and ${to}/${from.slice(to.length + 1).split('/')[0]}`] : [];
  const up = new Set(all.flatMap(({ from, to }) => pairs(dirname(from), dirname(to))));
  const plain = all.filter(({ from }) => basename(from) !== 'index.ts');
  const down = new Set(plain.flatMap(({ from, to }) => pairs(dirname(to), dirname(from))));
  return [...up].filter((pair) => down.has(pair)).sort();
}

const within = (folder: string, other: string) => folder === other || folder.startsWith(`${other}/`);

/** What lies on a cycle, or leads from one cycle to another. */
function cyclic(edges: readonly (readonly [string, string])[]): string[] {
  let left = edges.filter(([from, to]) => from !== to);
  for (;;) {
    const [froms, tos] = [new Set(left.map(([from]) => from)), new Set(left.map(([, to]) => to))];
    const kept = left.filter(([from, to]) => tos.has(from) && froms.has(to));
    if (kept.length === left.length) return [...new Set(left.flat())].sort();
    left = kept;
  }
}

describe('file names', () => {
  it('have no dots beside their ending', () => {
    const dotted = files.filter((path) =>
      basename(path)
        .replace(/(\.test)?\.ts$/, '')
        .includes('.'),
    );
    expect(dotted).toEqual([]);
  });
});
