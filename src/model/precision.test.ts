import { afterAll, describe, expect, it } from 'vitest';
import { attribute } from '../attribution/attribute.js';
import { gradient, passOf } from '../attribution/program/backward.js';
import { explainProgram } from '../attribution/program/explain.js';
import { seededRandom } from '../base/random.js';
import type { Engine } from '../engine/engine.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { int } from '../graph/attributes.js';
import { startGraph } from '../graph/builder.js';
import { float32 } from '../graph/elements.js';
import type { Graph } from '../graph/graph.js';
import type { Shapes, ValueShape } from '../graph/shapes.js';
import { rows, sizeOf } from '../tensor/tensor.js';
import { networks } from '../testing/networks/index.js';
import { inDouble } from './double/index.js';
import { classifierOf } from './load.js';
import { choosePrecision, doubleAtMost, multiplyAdds } from './precision.js';
import { predict } from './predict.js';

const engine = onnxRuntime('cpu', 1);
afterAll(() => engine.dispose());

const elsewhere = { ...engine, name: 'webgpu' } satisfies Engine;

/** `[N, inputs]` to `[N, outputs]` by one matrix product, and its shapes. */
function linear(inputs: number, outputs: number, activation = 'Relu') {
  const builder = startGraph('linear');
  const weights = builder.constant(float32(new Float32Array(0), [inputs, outputs]), 'w');
  builder.emit(activation, [builder.emit('MatMul', ['x', weights], {}, 'z')], {}, 'y');
  const graph = builder.finish([{ name: 'x', type: 'float32' }], [{ name: 'y', type: 'float32' }]);
  const of = (...dims: number[]) => ({ dims, batchAxis: 0, type: 'float32' });
  const shapes: Shapes = new Map<string, ValueShape>([
    ['x', of(1, inputs)],
    ['w', { dims: [inputs, outputs], type: 'float32' }],
    ['z', of(1, outputs)],
    ['y', of(1, outputs)],
  ]);
  return { graph, shapes, name: 'net.onnx' };
}

describe('the precision of a model', () => {
  it('is double by itself for small networks on the CPU alone', () => {
    expect(choosePrecision('auto', engine, linear(doubleAtMost / 10, 10))).toBe('float64');
    expect(choosePrecision('auto', engine, linear(doubleAtMost / 10 + 1, 10))).toBe('float32');
    expect(choosePrecision('auto', elsewhere, linear(2, 10))).toBe('float32');
    expect(choosePrecision('auto', engine, linear(2, 10, 'Atan'))).toBe('float32');
  });

  it('is what is asked for, or an error says why not', () => {
    expect(choosePrecision('float64', engine, linear(doubleAtMost, 10))).toBe('float64');
    expect(choosePrecision('float32', engine, linear(2, 10))).toBe('float32');
    expect(choosePrecision('float32', elsewhere, linear(2, 10))).toBe('float32');
    expect(() => choosePrecision('float64', elsewhere, linear(2, 10))).toThrow(
      "net.onnx: precision 'float64' needs engine 'cpu'; engine 'webgpu' computes in float32",
    );
    expect(() => choosePrecision('float64', engine, linear(2, 10, 'Atan'))).toThrow(/net.onnx: .*float32/);
  });

  it('goes by the multiply-adds of convolutions and matrix products', () => {
    const sums = (op: string, x: number[], w: number[], y: number[], group = 1) => {
      const graph: Graph = {
        ...linear(1, 1).graph,
        nodes: [
          {
            op,
            domain: '',
            name: 'n',
            inputs: ['a', 'b'],
            outputs: ['c'],
            attributes: { group: int(group) },
          },
        ],
      };
      const all = Object.entries({ a: x, b: w, c: y });
      return multiplyAdds(graph, new Map(all.map(([name, dims]) => [name, { dims, type: 'float32' }])));
    };
    expect(sums('Conv', [1, 3, 8, 8], [5, 3, 3, 3], [1, 5, 6, 6])).toBe(5 * 36 * 27);
    expect(sums('Conv', [1, 4, 8, 8], [4, 1, 3, 3], [1, 4, 6, 6], 4)).toBe(4 * 36 * 9);
    expect(sums('ConvTranspose', [1, 4, 2, 2], [4, 3, 2, 2], [1, 3, 4, 4])).toBe(4 * 4 * 12);
    expect(sums('MatMul', [1, 6, 4], [4, 7], [1, 6, 7])).toBe(6 * 7 * 4);
    expect(sums('Gemm', [1, 4], [4, 7], [1, 7])).toBe(28);
  });

  const input = (sample: readonly number[], count: number) => {
    const random = seededRandom('precision');
    const shape = [count, ...sample];
    return { data: Float32Array.from({ length: sizeOf(shape) }, () => random.normal()), shape };
  };

  it.each(Object.keys(networks))(
    'changes digits alone, and a batch gives what its samples give: %s',
    async (name) => {
      const graph = networks[name]!();
      const double = await classifierOf(graph, name, { engine });
      const single = await classifierOf(graph, name, { engine, precision: 'float32' });
      expect([double.precision, single.precision]).toEqual(['float64', 'float32']);
      expect(
        inDouble(
          explainProgram(double, passOf(double, { method: 'gradient', ruleFor: gradient })),
          double.shapes,
        ),
      ).toBeDefined();
      const x = input(double.input.shape, 3);
      const targets = [0, 1, 2];
      const logits = await predict(double, x);
      for (const [i, value] of (await predict(single, x)).data.entries()) {
        expect(logits.data[i]).toBeCloseTo(value, 4);
      }
      const whole = await attribute(double, 'gradient', x, targets);
      expect(whole.made.precision).toBe('float64');
      for (const [i, target] of targets.entries()) {
        const { map } = await attribute(double, 'gradient', rows(x, i, i + 1), [target]);
        const size = map.data.length;
        const scale = Math.max(...map.data.map(Math.abs));
        for (const [k, value] of map.data.entries()) {
          expect(Math.abs(value - whole.map.data[i * size + k]!)).toBeLessThanOrEqual(2e-7 * scale);
        }
      }
    },
  );
});
