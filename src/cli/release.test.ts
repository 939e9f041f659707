import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { writeOnnx } from '../graph/write.js';
import { writeNpy } from '../tensor/npy.js';
import { runLine } from '../testing/command-line.js';
import { tinyModel } from '../testing/tiny-model.js';

let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sightline-release-'));
  await writeOnnx(join(dir, 'model.onnx'), tinyModel());
  await writeNpy(join(dir, 'x.npy'), { data: new Float32Array(64), shape: [1, 1, 8, 8] });
});
afterAll(() => rm(dir, { recursive: true }));

const children = () => readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ').length;

it.each([
  ['a call that ends well', 'gradient', 0],
  ['a call with an unknown method', 'gradients', 2],
  ['a call whose method does not fit', 'attention-rollout', 1],
])('no engine outlives %s', async (_, method, code) => {
  const before = children();
  const line = `attribute --model ${dir}/model.onnx --input ${dir}/x.npy --targets 0 --method ${method} --out ${dir}/map.npy`;
  expect((await runLine(...line.split(' '))).code).toBe(code);
  await vi.waitFor(() => expect(children()).toBe(before));
});
