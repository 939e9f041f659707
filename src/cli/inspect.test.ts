import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeOnnx } from '../graph/write.js';
import { tinyModel } from '../testing/tiny-model.js';
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
