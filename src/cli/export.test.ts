import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../base/random.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { float32 } from '../graph/elements.js';
import { parseOnnx } from '../graph/read.js';
import { writeOnnx } from '../graph/write.js';
import { readNpy, writeNpy } from '../tensor/npy.js';
import type { Tensor } from '../tensor/tensor.js';
import { runLine } from '../testing/command-line.js';
import { tinyModel } from '../testing/tiny-model.js';

let folder: string;
const at = (name: string) => join(folder, name);
const random = seededRandom('exported');
const x = { data: Float32Array.from({ length: 64 * 4 }, () => random.normal()), shape: [4, 1, 8, 8] };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'export-'));
  await writeOnnx(at('model.onnx'), tinyModel('Softmax'));
  await writeNpy(at('x.npy'), x);
});

afterAll(() => rm(folder, { recursive: true }));

describe('export', () => {
  it.each(['auto', 'float32'])('computes in the precision of attribute: %s', async (precision) => {
    const asked = ['--method', 'deeplift', '--target', 'class:1', '--precision', precision];
    const made = await runLine('export', at('model.onnx'), ...asked, '--out', at('explained.onnx'));
    expect(made.errors).toEqual([]);
    const files = ['--model', at('model.onnx'), '--input', at('x.npy'), '--out', at('map.npy')];
    await runLine('attribute', ...files, ...asked);
    const graph = parseOnnx(await readFile(at('explained.onnx')), 'explained.onnx');
    const double = [...graph.initializers.values()].some(({ type }) => type === 'float64');
    expect(double).toBe(precision === 'auto');
    const engine = onnxRuntime();
    const program = await engine.compile(graph);
    const { map } = await program.run({ [graph.inputs[0]!.name]: float32(x.data, x.shape) });
    await engine.dispose();
    const wanted = [...(await readNpy(at('map.npy'))).data].map(Number);
    const most = Math.max(...wanted.map(Math.abs));
    for (const [i, value] of (map as Tensor).data.entries())
      expect(Math.abs(value - wanted[i]!)).toBeLessThan(1e-6 * most);
  });
});
