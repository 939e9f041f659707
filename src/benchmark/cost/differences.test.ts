import { afterAll, describe, expect, it } from 'vitest';
import { attribute } from '../../attribution/attribute.js';
import { seededRandom } from '../../base/random.js';
import { chooseTf32 } from '../../engine/gpu/cuda.js';
import { openEngine } from '../../engine/index.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { startGraph } from '../../graph/builder.js';
import { float32, numbers } from '../../graph/elements.js';
import type { Constant } from '../../graph/graph.js';
import { inFloat32 } from '../../graph/import/operators/float32.js';
import { toHalf } from '../../model/half.js';
import { classifierOf } from '../../model/load.js';
import { choosePrecision } from '../../model/precision.js';
import { sizeOf } from '../../tensor/tensor.js';
import { networks } from '../../testing/networks/index.js';
import { tinyModel } from '../../testing/tiny-model.js';
import { rounding } from './rounded.js';

const engine = onnxRuntime('cpu', 1);
afterAll(() => engine.dispose());

const random = seededRandom('precisions');
const values = Float32Array.from({ length: 500 }, (_, i) => random.normal() * 10 ** ((i % 11) - 5));

/** What half floats hold, read back by the importer. */
function throughHalf(given: Float32Array): number[] {
  const held: Constant = { type: 'float16', data: Uint16Array.from(given, toHalf), shape: [given.length] };
  const graph = { ...startGraph('half').finish([], []), initializers: new Map([['x', held]]) };
  return numbers(inFloat32(graph).initializers.get('x')!);
}

/** x times 1 on an engine that rounds. */
async function product(to: 'tf32' | 'float16', given: Float32Array): Promise<number[]> {
  const builder = startGraph('product');
  builder.emit('MatMul', ['x', builder.constant(float32([1], [1, 1]))], {}, 'y');
  const graph = builder.finish([{ name: 'x', type: 'float32' }], [{ name: 'y', type: 'float32' }]);
  const program = await rounding(engine, to).compile(graph);
  const { y } = await program.run({ x: float32(given, [given.length, 1]) });
  return numbers(y!);
}

describe('precisions below float32', () => {
  it('half floats are the nearest ones, ties to even', () => {
    const found = throughHalf(
      Float32Array.of(1 + 2 ** -11, 1 + 3 * 2 ** -11, 65519, 65520, 2 ** -25, -(2 ** -24), 2047.5),
    );
    expect(found).toEqual([1, 1 + 2 ** -9, 65504, Infinity, 0, -(2 ** -24), 2048]);
  });

  it('an imitated GPU rounds factors to half floats as the importer reads them', async () => {
    expect(await product('float16', values)).toEqual(throughHalf(values));
  });

  it('an imitated GPU rounds factors to 11 significant bits for tf32', async () => {
    for (const [i, found] of (await product('tf32', values)).entries()) {
      const step = 2 ** (Math.floor(Math.log2(Math.abs(values[i]!))) - 10);
      expect(Number.isInteger(found / step)).toBe(true);
      expect(Math.abs(found - values[i]!)).toBeLessThanOrEqual(step / 2);
    }
  });

  it.each(['dense', 'vision'])('float16 explains as double up to its digits: %s', async (name) => {
    const [half, double] = [
      await classifierOf(networks[name]!(), name, { engine, precision: 'float16' }),
      await classifierOf(networks[name]!(), name, { engine, precision: 'float64' }),
    ];
    const shape = [2, ...half.input.shape];
    const input = { data: Float32Array.from({ length: sizeOf(shape) }, () => random.normal()), shape };
    for (const method of ['gradient', 'integrated-gradients', 'lrp', 'gradcam']) {
      if (method === 'gradcam' && name === 'vision') continue;
      const { map, made } = await attribute(half, method, input, [0, 1]);
      const exact = (await attribute(double, method, input, [0, 1])).map;
      expect(made.precision).toBe('float16');
      const error = Math.hypot(...map.data.map((v, i) => v - exact.data[i]!)) / Math.hypot(...exact.data);
      expect(error, method).toBeLessThan(0.05);
      expect(error, method).toBeGreaterThan(1e-6);
    }
  });

  it('TF32 is off unless the engine was opened for it', async () => {
    const environment: NodeJS.ProcessEnv = {};
    chooseTf32(false, environment);
    expect(environment).toEqual({ NVIDIA_TF32_OVERRIDE: '0' });
    expect(() => chooseTf32(true, environment)).toThrow(/without TF32 \(NVIDIA_TF32_OVERRIDE is 0\)/);
    const asked: NodeJS.ProcessEnv = {};
    chooseTf32(true, asked);
    expect(asked).toEqual({ NVIDIA_TF32_OVERRIDE: '1' });
    expect(() => openEngine('cpu', { tf32: true })).toThrow("precision 'tf32' needs engine 'cuda'");
  });

  it('the precision is what the engine was opened for, or an error says why not', async () => {
    const { graph, shapes } = await classifierOf(tinyModel(), 'tiny', { engine });
    const net = { graph, shapes, name: 'net.onnx' };
    const [plain, fast] = [false, true].map((tf32) => ({ ...engine, name: 'cuda', tf32 }));
    expect(choosePrecision('auto', fast!, net)).toBe('tf32');
    expect(choosePrecision('tf32', fast!, net)).toBe('tf32');
    expect(choosePrecision('auto', plain!, net)).toBe('float32');
    expect(choosePrecision('float16', plain!, net)).toBe('float16');
    expect(() => choosePrecision('tf32', plain!, net)).toThrow(
      "precision 'tf32' needs an engine opened with tf32",
    );
    expect(() => choosePrecision('float32', fast!, net)).toThrow('needs an engine opened without tf32');
    expect(() => choosePrecision('float16', { ...engine, name: 'tensorflow' }, net)).toThrow(
      "needs engine 'cuda' or 'cpu'",
    );
  });
});
