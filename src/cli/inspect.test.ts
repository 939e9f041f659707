import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { writeOnnx } from '../graph/write.js';
import { brightModel } from '../testing/bright-model.js';
import { runLine } from '../testing/command-line.js';
import { tinyModel } from '../testing/tiny-model.js';
import { temporaryTree } from '../testing/tree.js';
import { sightline } from './index.js';

it('inspect says what is understood of a model, and what each method would do', {
  timeout: 60_000,
}, async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'inspect-')), 'model.onnx');
  await writeOnnx(path, tinyModel('Softmax'));
  const out: string[] = [];
  expect(await sightline(['inspect', path, '--json'], (line) => void out.push(line))).toBe(0);
  const { layout, head, layer, methods } = JSON.parse(out.join('\n'));
  expect([layout, head]).toEqual(['NCHW', expect.stringContaining('the score before the final Softmax')]);
  expect(layer).toContain('[N,4,8,8]');
  const found = (name: string) => methods.find(({ method }: { method: string }) => method === name);
  expect(found('gradient')).toEqual({ method: 'gradient', runs: true });
  expect(found('attention-rollout')).toMatchObject({
    runs: false,
    why: expect.stringContaining('no attention'),
  });
});

it('inspect shows preprocessed images with what the model says of them', { timeout: 60_000 }, async () => {
  const shade = (value: number) =>
    sharp({ create: { width: 20, height: 20, channels: 3, background: { r: value, g: value, b: value } } })
      .png()
      .toBuffer();
  const root = await temporaryTree({ 'in/dark.png': await shade(0), 'in/light.png': await shade(255) });
  const path = join(root, 'bright.onnx');
  await writeOnnx(path, brightModel());
  const look = ['inspect', path, '--images', join(root, 'in')];
  const out = join(root, 'inputs.html');
  const told = await runLine(...look, '--mean', '0.5', '--std', '0.25', '--json', '--out', out);
  expect(told.errors).toEqual([]);
  expect(JSON.parse(told.out.join('\n'))).toMatchObject([
    { id: 'dark.png', annotated: '', predicted: 'class 0', least: -2, most: -2 },
    { id: 'light.png', predicted: 'class 1', mean: 2 },
  ]);
  expect(await readFile(out, 'utf8')).toContain('class 1 1.00');
  const asked = await runLine(...look);
  expect([asked.code, asked.errors]).toEqual([2, [expect.stringContaining('--mean and --std')]]);
  const table = await runLine(...look, '--normalisation', 'zero-one');
  expect(table.out[0]).toMatch(/image +annotated +predicted +probability/);
  const alone = await runLine('inspect', path, '--out', out);
  expect(alone.errors).toEqual(['sightline: --out draws the images of --data or --images']);
});
