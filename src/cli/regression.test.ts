import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readOnnx } from '../graph/read.js';
import { writeOnnx } from '../graph/write.js';
import { runLine } from '../testing/command-line.js';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

let dir: string;
const at = (...parts: string[]) => join(dir, ...parts);
const small = ['--architecture', 'cnn', '--width', '2', '--epochs', '1'];
const given = () => [
  ...['--data', at('set'), '--model', at('given.onnx'), '--normalisation', 'zero-one', '--explain', '2'],
];

/** A set of numbers to predict, and a model of it that says nothing of itself. */
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sightline-regression-'));
  const set = await runLine(
    ...['data', 'prepare', 'clinical', '--task', 'stated-value', '--task-option', 'attribute=burden'],
    ...['--dataset-option', 'images=40', '--size', '16', '--draw', at('drawn'), '--out', at('set')],
  );
  expect(set.code, set.errors.join()).toBe(0);
  const made = await runLine('train', '--data', at('set'), ...small, '--out', at('own.onnx'));
  expect(made.code, made.errors.join()).toBe(0);
  await writeOnnx(at('given.onnx'), { ...(await readOnnx(at('own.onnx'))), metadata: {} });
});
afterAll(() => rm(dir, { recursive: true }));

describe('a given model of a task of numbers', () => {
  it('is tuned by its raw number, which is no probability', async () => {
    const search = ['--samples', '4', '--trials', '2', '--steps', '4', '--out', at('tuned')];
    const { code, errors } = await runLine(
      'tune',
      'occlusion',
      '--metric',
      'deletion',
      ...given(),
      ...search,
    );
    expect(code, errors.join()).toBe(0);
    const asLogit = await readFile(at('tuned', 'tuned.json'), 'utf8');
    const stated = ['--head', 'regression', ...search.slice(0, -1), at('stated')];
    await runLine('tune', 'occlusion', '--metric', 'deletion', ...given(), ...stated);
    const { tried } = JSON.parse(await readFile(at('stated', 'tuned.json'), 'utf8'));
    expect(JSON.parse(asLogit).tried).toEqual(tried);
    expect(tried.occlusion[0].mean).not.toBeNull();
    const rise = ['--samples', '4', '--trials', '2', '--steps', '4', '--out', at('rise')];
    await runLine('tune', 'rise', '--metric', 'deletion', ...given(), ...rise);
    const [usual] = JSON.parse(await readFile(at('rise', 'tuned.json'), 'utf8')).tried.rise;
    expect(usual.failed).toContain('has no probability');
  });

  it('has no predicted class that a meta-evaluation could follow', async () => {
    const methods = ['--methods', 'gradient,gradcam,random', '--metrics', 'deletion', '--steps', '4'];
    const run = await runLine('benchmark', ...given(), ...methods, '--out', at('run'));
    expect(run.code, run.errors.join()).toBe(0);
    const { errors } = await runLine('meta-evaluate', at('run'), ...given().slice(0, 4));
    expect(errors.join()).toMatch(/task clinical-stated-value predicts a number; .* the predicted class/);
  });

  it.each(['shortcut-audit', 'salience-control'])('has no class that %s could mark', async (command) => {
    const { errors } = await runLine(command, '--data', at('set'), ...small, '--out', at(command));
    expect(errors.join()).toContain('task clinical-stated-value predicts a number: a marker is planted');
  });
});
