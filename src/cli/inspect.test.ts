import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { startGraph } from '../graph/builder.js';
import { float32 } from '../graph/elements.js';
import { writeOnnx } from '../graph/write.js';
import { brightModel } from '../testing/bright-model.js';
import { runLine } from '../testing/command-line.js';
import { tinyModel } from '../testing/tiny-model.js';
import { temporaryTree } from '../testing/tree.js';
import { leftToCpu } from './commands/inspect.js';
import { sightline } from './index.js';

it('inspect says what is understood of a model, and what each method would do', {
  timeout: 60_000,
}, async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'inspect-')), 'model.onnx');
  await writeOnnx(path, tinyModel('Softmax'));
  const out: string[] = [];
  expect(await sightline(['inspect', path, '--json'], (line) => void out.push(line))).toBe(0);
  const { layout, head, layer, methods, tensorflow, targets } = JSON.parse(out.join('\n'));
  expect(tensorflow).toBe('has all operators');
  expect([layout, head]).toEqual(['NCHW', expect.stringContaining('the score before the final Softmax')]);
  expect(targets[1]).toEqual({ target: 'class:1', explains: 'the raw score of class 1' });
  expect(layer).toContain('[N,4,8,8]');
  const found = (name: string) => methods.find(({ method }: { method: string }) => method === name);
  expect(found('gradient')).toEqual({ method: 'gradient', runs: true });
  expect(found('attention-rollout')).toMatchObject({
    runs: false,
    why: expect.stringContaining('no attention'),
  });
});

it('inspect names the operators that a GPU leaves to the CPU', () => {
  const b = startGraph('rounding');
  b.emit('Round', [b.relu('x')], {}, 'y');
  const graphs = [b.finish([{ name: 'x', type: 'float32' }], [{ name: 'y', type: 'float32' }])];
  expect(leftToCpu({ name: 'webgpu', graphs })).toEqual({ webgpu: 'leaves to the CPU: Round' });
  expect(leftToCpu({ name: 'cuda', graphs })).toEqual({ cuda: 'has all operators' });
  expect(leftToCpu({ name: 'cpu', graphs })).toEqual({});
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

it('inspect says where a layout is guessed, and which nodes an engine lacks', {
  timeout: 60_000,
}, async () => {
  const b = startGraph('table of pixels');
  const trimmed = b.emit('Trilu', ['x']);
  const weights = b.constant(float32(new Float32Array(48 * 2).fill(0.1), [48, 2]));
  b.emit('MatMul', [b.emit('Flatten', [trimmed]), weights], {}, 'y');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  const path = join(await temporaryTree(), 'mlp.onnx');
  await writeOnnx(path, b.finish([value('x', ['N', 3, 4, 4])], [value('y', ['N', 2])]));
  const guessed = await runLine('inspect', path);
  expect(guessed.out).toContainEqual(
    'layout: NCHW, guessed from the lengths: no layer over maps reads the input (option layout states it)',
  );
  expect(guessed.out).toContainEqual(expect.stringMatching(/^tensorflow: lacks Trilu \(node '[^']+'\)$/));
  const stated = await runLine('inspect', path, '--layout', 'NCHW');
  expect(stated.out).toContainEqual('layout: NCHW');
});
