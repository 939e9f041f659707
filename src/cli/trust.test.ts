import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Ran, runLine } from '../testing/command-line.js';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

let dir: string;
const at = (...parts: string[]) => join(dir, ...parts);
const phantom = (out: string, ...more: string[]) => [
  ...['--dataset', 'phantom', '--dataset-option', 'images=80;size=64', '--size', '32', '--width', '8'],
  ...[
    '--epochs',
    '5',
    '--rate',
    '0.01',
    '--stride',
    '2',
    '--batch',
    '8',
    '--draw',
    at('drawn'),
    '--out',
    out,
  ],
  ...more,
];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sightline-trust-'));
  const methods = ['--methods', 'gradient,gradcam,random', '--metrics', 'relevance-rank,sparseness'];
  expect((await runLine('benchmark', ...phantom(at('run'), ...methods, '--explain', '4'))).code).toBe(0);
});
afterAll(() => rm(dir, { recursive: true }));

describe('a meta-evaluation', () => {
  const again = (...more: string[]) =>
    runLine('meta-evaluate', at('run'), '--images', '3', '--repeats', '1', '--json', ...more);
  let first: Ran;
  beforeAll(async () => {
    first = await again();
  });

  it('gives four consistencies of each metric, for images and for weights', async () => {
    expect(first.code).toBe(0);
    const rows = JSON.parse(first.out.join('\n'));
    expect(rows.map(({ metric, setting }: Record<string, string>) => [metric, setting])).toEqual([
      ['relevance-rank', 'input'],
      ['relevance-rank', 'model'],
      ['sparseness', 'input'],
      ['sparseness', 'model'],
    ]);
    for (const { intraMinor, interMinor, minorImages } of rows) {
      expect(minorImages).toBeGreaterThan(1);
      expect(intraMinor).toBeGreaterThan(0);
      expect(interMinor).toBeGreaterThan(0.5);
    }
    expect(await readFile(at('run', 'meta', 'metrics.csv'), 'utf8')).toMatch(/^metric,setting,intraMinor/);
  });

  it('is shown in the report that is written after it', async () => {
    expect((await runLine('evaluate', at('run'))).code).toBe(0);
    expect(await readFile(at('run', 'report.html'), 'utf8')).toContain('noise on weights');
  });

  it('resumes, and gives the same, in whichever order methods are named', async () => {
    expect((await again()).out).toEqual(first.out);
    expect((await again('--methods', 'gradient,gradcam')).out).toEqual(first.out);
    expect((await again('--methods', 'gradcam,gradient')).out).toEqual(first.out);
    const { out } = await runLine('meta-evaluate', at('run'), '--images', '3', '--repeats', '1');
    expect(out.at(-1)).toBe(`tables: ${at('run', 'meta')}`);
  });

  it('is refused where a run explains a target, which no class tells from another', async () => {
    const asked = ['--methods', 'gradient,gradcam', '--explain', '2', '--metrics', 'sparseness'];
    const target = ['--target', 'class:1-0', '--model', at('run', 'model.onnx')];
    const run = await runLine(
      'benchmark',
      ...phantom(at('asked')).slice(0, 6),
      ...asked,
      ...target,
      '--draw',
      at('drawn'),
      '--out',
      at('asked'),
    );
    expect(run.code, run.errors.join()).toBe(0);
    const { errors } = await runLine('meta-evaluate', at('asked'), ...target.slice(2));
    expect(errors.join()).toContain("the run explains target 'class:1-0'");
  });
});

it('a scorecard is a page and JSON for each method that is no baseline', async () => {
  const { out, code } = await runLine('scorecard', at('run'), '--out', at('cards'));
  expect(code).toBe(0);
  expect(out.slice(0, 2).map((line) => line.split(':')[0])).toEqual(['gradient', 'gradcam']);
  const card = JSON.parse(await readFile(at('cards', 'gradcam.json'), 'utf8'));
  expect(card).toMatchObject({ format: 'sightline-scorecard', method: 'gradcam', family: 'cam' });
  expect(await readFile(at('cards', 'gradcam.html'), 'utf8')).toContain('What was not examined');
  expect((await runLine('scorecard', at('run'), '--methods', 'lrp')).errors.join()).toMatch(/'lrp'/);
  expect((await runLine('scorecard', at('cards'))).errors.join()).toMatch(/summary.json: not there/);
});

it('a shortcut audit tells what each method says of the marker, and resumes', async () => {
  const args = phantom(at('shortcut'), '--methods', 'gradient,sobel', '--explain', '8', '--json');
  const { out, code } = await runLine('shortcut-audit', ...args);
  expect(code).toBe(0);
  const { effects, methods, cautions } = JSON.parse(out.join('\n'));
  expect(methods.map(({ method }: { method: string }) => method)).toEqual(['gradient', 'sobel']);
  // An edge filter knows of a model only how it normalises.
  expect(methods[1].shortcutMarked.mean).toBeCloseTo(methods[1].innocentMarked.mean, 4);
  expect(methods[1].shortcutMarked.mean).toBeGreaterThan(methods[1].shortcutPlain.mean);
  expect(effects.shortcut.marked.mean).toBeGreaterThan(effects.shortcut.plain.mean);
  expect(Array.isArray(cautions)).toBe(true);
  const page = await readFile(at('shortcut', 'shortcut.html'), 'utf8');
  expect(page).toContain('Would the explanation have shown the shortcut?');
  expect((await runLine('shortcut-audit', ...args)).out).toEqual(out);
});

it('a shortcut audit does not go on with other images', async () => {
  const prepared = async (seed: string) => {
    await rm(at('set'), { recursive: true, force: true });
    const images = ['--dataset-option', 'images=40;size=64', '--draw', at('drawn'), '--seed', seed];
    return runLine('data', 'prepare', 'phantom', '--size', '32', ...images, '--out', at('set'));
  };
  const network = ['--architecture', 'cnn', '--width', '4', '--epochs', '1', '--hide', '0'];
  const args = [
    ...network,
    '--methods',
    'sobel',
    '--explain',
    '2',
    '--data',
    at('set'),
    '--out',
    at('other'),
  ];
  expect((await prepared('0')).code).toBe(0);
  expect((await runLine('shortcut-audit', ...args)).code).toBe(0);
  expect((await prepared('1')).code).toBe(0);
  expect((await runLine('shortcut-audit', ...args)).errors.join()).toContain(
    `holds a run on other images, masks, labels or classes than ${at('set')} holds now`,
  );
});
