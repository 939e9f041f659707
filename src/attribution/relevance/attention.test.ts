import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { type Attributes, float, int, ints, string } from '../../graph/attributes.js';
import { type Builder, extend, startGraph } from '../../graph/builder.js';
import { float32, int64 } from '../../graph/elements.js';
import { composites } from '../../graph/rules/relevance/composites.js';
import { classifierOf } from '../../model/load.js';
import { sizeOf } from '../../tensor/tensor.js';
import { attribute } from '../attribute.js';
import type { LrpOptions } from './lrp.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const random = seededRandom('attention');
const draw = (shape: readonly number[]) =>
  float32(
    Float32Array.from({ length: sizeOf(shape) }, () => random.normal()),
    shape,
  );
const input = draw([2, 3, 4]);
const sample = { data: input.data as Float32Array, shape: input.shape };

/**
 * Relevance through `build` on tokens `[N, 3, 4]`; constant weights after it make the incoming relevance
 * known.
 */
async function explain(
  build: (b: Builder, x: string) => string,
  target = 0,
  composite: LrpOptions['composite'] = 'epsilon',
) {
  const inputs = [{ name: 'x', type: 'float32' as const, shape: ['N', 3, 4] }];
  const b = extend({ ...startGraph('attention').finish([], []), inputs });
  b.alias(b.emit('Flatten', [build(b, 'x')]), 'y');
  const graph = b.finish(inputs, [{ name: 'y', type: 'float32' }]);
  const model = await classifierOf(graph, 'attention', { engine, output: 'y' });
  const { map } = await attribute(model, 'lrp', sample, [target, target], { composite });
  return map.data;
}
const node =
  (op: string, attributes: Attributes = {}) =>
  (b: Builder, x: string) =>
    b.emit(op, [x], attributes);
const row = (n: number, t: number) => Array.from(sample.data.subarray(n * 12 + t * 4, n * 12 + t * 4 + 4));

describe('relevance inside attention', () => {
  it('propagates through softmax as x (R - y sum R)', async () => {
    const got = await explain(node('Softmax', { axis: int(-1) }), 1);
    for (const n of [0, 1]) {
      const x = row(n, 0);
      const total = x.reduce((sum, v) => sum + Math.exp(v), 0);
      const y = x.map((v) => Math.exp(v) / total);
      for (const [i, v] of x.entries()) {
        const relevance = i === 1 ? y[1]! : 0;
        expect(got[n * 12 + i]).toBeCloseTo(v * (relevance - y[i]! * y[1]!), 5);
      }
      expect(got.subarray(n * 12 + 4, n * 12 + 12).every((v) => v === 0)).toBe(true);
    }
  });

  it('propagates through log-softmax by its Taylor expansion', async () => {
    const got = await explain(node('LogSoftmax', { axis: int(-1) }), 2);
    for (const n of [0, 1]) {
      const x = row(n, 0);
      const total = x.reduce((sum, v) => sum + Math.exp(v), 0);
      for (const [i, v] of x.entries()) {
        expect(got[n * 12 + i]).toBeCloseTo(v * ((i === 2 ? 1 : 0) - Math.exp(v) / total), 5);
      }
    }
  });

  it('propagates through an L2 norm in proportion to squares', async () => {
    const got = await explain(
      (b, x) => b.emit('ReduceL2', [x, b.constant(int64([2]))], { keepdims: int(0) }),
      1,
    );
    for (const n of [0, 1]) {
      const x = row(n, 1);
      for (const [i, v] of x.entries()) expect(got[n * 12 + 4 + i]).toBeCloseTo(v ** 2 / Math.hypot(...x), 5);
    }
  });

  const weight = draw([4, 5]);
  const turned = float32(
    Float32Array.from({ length: 20 }, (_, i) => Number(weight.data[(i % 4) * 5 + Math.floor(i / 4)])),
    [5, 4],
  );
  const sums = (equation: string) => ({ equation: string(equation) });
  it.each(Object.keys(composites) as LrpOptions['composite'][])(
    'propagates through Einsum as through its product, by %s',
    async (composite) => {
      const plain = await explain((b, x) => b.emit('MatMul', [x, b.constant(weight)]), 3, composite);
      const forms = [
        (b: Builder, x: string) => b.emit('Einsum', [x, b.constant(weight)], sums('ntc,cd->ntd')),
        (b: Builder, x: string) => b.emit('Einsum', [b.constant(turned), x], sums('dc,...c->...d')),
      ];
      for (const form of forms) {
        const got = await explain(form, 3, composite);
        for (const [i, value] of plain.entries()) expect(got[i]).toBeCloseTo(value, 5);
      }
    },
  );

  it('is divided equally among the factors of Einsum', async () => {
    const turn = (b: Builder, x: string) => b.emit('Transpose', [x], { perm: ints([0, 2, 1]) });
    const plain = await explain((b, x) => b.emit('MatMul', [x, turn(b, x)]), 1);
    const got = await explain((b, x) => b.emit('Einsum', [x, x], sums('nic,njc->nij')), 1);
    for (const [i, value] of plain.entries()) expect(got[i]).toBeCloseTo(value, 5);
    const three = await explain((b, x) => b.emit('Einsum', [x, x, x], sums('nic,nic,nic->ni')), 1);
    for (const n of [0, 1])
      for (const [i, v] of row(n, 1).entries()) expect(three[n * 12 + 4 + i]).toBeCloseTo(v ** 3, 3);
  });

  it('is halved between the factors of a matrix product', async () => {
    const got = await explain((b, x) => {
      return b.emit('MatMul', [x, b.emit('Transpose', [x], { perm: ints([0, 2, 1]) })]);
    }, 1);
    for (const n of [0, 1]) {
      const [q, k] = [row(n, 0), row(n, 1)];
      for (const i of [0, 1, 2, 3]) {
        expect(got[n * 12 + i]).toBeCloseTo((q[i]! * k[i]!) / 2, 4);
        expect(got[n * 12 + 4 + i]).toBeCloseTo((q[i]! * k[i]!) / 2, 4);
      }
    }
  });

  it("takes a layer normalisation's deviation as constant, fused or not", async () => {
    const [scale, shift] = [draw([4]), draw([4])];
    const fused = await explain((b, x) => {
      return b.emit('LayerNormalization', [x, b.constant(scale), b.constant(shift)], {
        axis: int(-1),
        epsilon: float(1e-5),
      });
    }, 2);
    const parts = await explain((b, x) => {
      const axes = b.constant(int64([-1]));
      const centred = b.emit('Sub', [x, b.emit('ReduceMean', [x, axes])]);
      const variance = b.emit('ReduceMean', [b.emit('Mul', [centred, centred]), axes]);
      const deviation = b.emit('Sqrt', [b.emit('Add', [variance, b.constant(float32([1e-5], []))])]);
      const normal = b.emit('Div', [centred, deviation]);
      return b.emit('Add', [b.emit('Mul', [normal, b.constant(scale)]), b.constant(shift)]);
    }, 2);
    for (const n of [0, 1]) {
      const x = row(n, 0);
      const mean = x.reduce((a, v) => a + v, 0) / 4;
      const deviation = Math.sqrt(x.reduce((a, v) => a + (v - mean) ** 2, 0) / 4 + 1e-5);
      for (const [i, v] of x.entries()) {
        // y = scale (x_2 - mean) / deviation + shift has relevance y, of which x_i receives x_i dy/dx_i.
        const wanted = (Number(scale.data[2]) * v * ((i === 2 ? 1 : 0) - 1 / 4)) / deviation;
        expect(fused[n * 12 + i]).toBeCloseTo(wanted, 4);
        expect(parts[n * 12 + i]).toBeCloseTo(wanted, 4);
      }
    }
  });

  it('passes through GELU, fused or not', async () => {
    const half = (b: Builder, x: string) => b.emit('Mul', [x, b.constant(float32([Math.SQRT1_2], []))]);
    const parts = await explain((b, x) => {
      const gate = b.emit('Add', [b.emit('Erf', [half(b, x)]), b.constant(float32([1], []))]);
      return b.emit('Mul', [b.emit('Mul', [x, gate]), b.constant(float32([0.5], []))]);
    });
    const fused = await explain(node('Gelu'));
    for (const [i, value] of fused.entries()) expect(parts[i]).toBeCloseTo(value, 5);
    expect(fused[0]).not.toBe(0);
    expect(fused.subarray(1, 12).every((v) => v === 0)).toBe(true);
  });
});
