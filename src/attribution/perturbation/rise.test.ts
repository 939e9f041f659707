import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { startGraph } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import { classifierOf, loadClassifier } from '../../model/load.js';
import { predict } from '../../model/predict.js';
import { softmaxRows } from '../../model/probability.js';
import { readNpy } from '../../tensor/npy.js';
import { type Tensor, toFloat32 } from '../../tensor/tensor.js';
import { sharedIsThere, sharedPath } from '../../testing/shared.js';
import { tinyModel } from '../../testing/tiny-model.js';
import { attribute } from '../attribute.js';
import { enlarge, shiftsOf } from '../program/coarse-masks.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const farthest = (got: Tensor, want: Tensor) =>
  want.data.reduce((most: number, value, i) => Math.max(most, Math.abs(got.data[i]! - value)), 0);

describe.skipIf(!sharedIsThere)("RISE's published masks", () => {
  const read = async (path: string) => toFloat32(await readNpy(sharedPath('golden', 'vgg', path)));
  const masksOf = async () => {
    const [grids, shifts] = await Promise.all([read('aux/rise_grid.npy'), read('aux/rise_shift_xy.npy')]);
    const [count = 0, rows = 0, columns = 0] = grids.shape;
    const data = new Float32Array(count * 64 * 64);
    for (let i = 0; i < count; i++) {
      const cells = grids.data.subarray(i * rows * columns, (i + 1) * rows * columns);
      const shift = [shifts.data[2 * i]!, shifts.data[2 * i + 1]!] as const;
      data.set(enlarge({ data: cells, shape: [rows, columns] }, shift, [64, 64]), i * 64 * 64);
    }
    return { data, shape: [count, 1, 64, 64] };
  };

  it('equal the upsampled and shifted grids', async () => {
    const masks = await masksOf();
    const want = await read('aux/rise_masks_first2.npy');
    expect(want.data.length).toBe(2 * 64 * 64);
    expect(farthest(masks, want)).toBeLessThan(1e-6);
  });

  it('give the published map', async () => {
    const masks = await masksOf();
    expect(masks.shape[0]).toBe(128);
    const want = await read('attr/rise.npy');
    for (const precision of ['float32', 'float64'] as const) {
      const path = sharedPath('golden', 'vgg', 'model_bn.onnx');
      const model = await loadClassifier(path, { engine, precision });
      const { map } = await attribute(model, 'rise', await read('x.npy'), [0, 1], { masks });
      expect(map.shape).toEqual(want.shape);
      expect(farthest(map, want)).toBeLessThan(1e-5);
    }
  });
});

describe('RISE', () => {
  const random = seededRandom('rise');
  const input = { data: Float32Array.from({ length: 3 * 64 }, () => random.normal()), shape: [3, 1, 8, 8] };

  it('is the mean of the masks weighted by the masked outputs', async () => {
    const model = await classifierOf(tinyModel(), 'tiny', { engine });
    // More masks than a batch can hold.
    const count = 300;
    const masks = {
      data: Float32Array.from({ length: count * 64 }, () => random.uniform()),
      shape: [count, 1, 8, 8],
    };
    const targets = [2, 0, 1];
    const { map } = await attribute(model, 'rise', input, targets, { masks });
    for (const [sample, target] of targets.entries()) {
      const seen = masks.data.map((value, i) => value * input.data[sample * 64 + (i % 64)]!);
      const { data } = softmaxRows(await predict(model, { data: seen, shape: masks.shape }));
      for (let pixel = 0; pixel < 64; pixel++) {
        let sum = 0;
        for (let i = 0; i < count; i++) sum += data[i * 3 + target]! * masks.data[i * 64 + pixel]!;
        expect(Math.abs(map.data[sample * 64 + pixel]! - sum / count / 0.5)).toBeLessThan(1e-5);
      }
    }
  });

  it('draws masks that depend on the seed and not on the batch', async () => {
    const model = await classifierOf(tinyModel(), 'tiny', { engine });
    const options = { masks: 40, cells: 3 };
    const all = await attribute(model, 'rise', input, [0, 1, 2], options, { seed: 7 });
    const last = { data: input.data.slice(2 * 64), shape: [1, 1, 8, 8] };
    const alone = await attribute(model, 'rise', last, [2], options, { seed: 7 });
    const other = await attribute(model, 'rise', last, [2], options, { seed: 8 });
    const own = { data: all.map.data.slice(2 * 64), shape: alone.map.shape };
    expect(farthest(alone.map, own)).toBeLessThan(1e-6);
    expect(farthest(alone.map, other.map)).toBeGreaterThan(1e-3);
  });

  it('makes the masks that it draws in the engine', async () => {
    const model = await classifierOf(tinyModel(), 'tiny', { engine, precision: 'float32' });
    const [count, cells] = [40, 3];
    const options = { masks: count, cells, keep: 0.4 };
    const drawn = await attribute(model, 'rise', input, [2, 0, 1], options, { seed: 7 });
    const data = new Float32Array(count * 64);
    for (let draw = 0; draw < count; draw++) {
      const own = seededRandom(`7/${draw}`);
      const grid = Float32Array.from({ length: cells ** 2 }, () => (own.uniform() < 0.4 ? 1 : 0));
      const shift = [8, 8].map((length) => own.below(shiftsOf(length, cells)));
      data.set(enlarge({ data: grid, shape: [cells, cells] }, shift, [8, 8]), draw * 64);
    }
    const masks = { data, shape: [count, 1, 8, 8] };
    const given = await attribute(model, 'rise', input, [2, 0, 1], { masks, keep: 0.4 });
    expect(farthest(drawn.map, given.map)).toBeLessThan(1e-5);
    // No other seed would draw others.
    expect(drawn.convergence).toHaveLength(3);
    expect(given.convergence).toBeUndefined();
    expect(given.notes![0]).toContain(`made of ${count} given masks; `);
  });

  it('also masks plain features', async () => {
    const flat = await loadFlat();
    const masks = { data: Float32Array.of(1, 0, 1, 0, 0, 1), shape: [2, 1, 3] };
    const { map } = await attribute(flat, 'rise', { data: Float32Array.of(1, 2, 4), shape: [1, 3] }, [0], {
      ...{ masks, quantity: 'logit', keep: 1 },
    });
    // The output is the sum: 5 through the first mask, 4 through the second.
    expect([...map.data]).toEqual([2.5, 0, 4.5]);
  });
});

describe.each([
  ['by chance', false],
  ['in pairs', true],
])('features of a table are seen %s, each by itself', (_, antithetic) => {
  it('so that those beside one that counts gain nothing', async () => {
    const flat = await loadFlat([0, 0, 3, 0, 0, 0, 0]);
    const input = { data: new Float32Array(7).fill(1), shape: [1, 7] };
    const options = { masks: 4000, quantity: 'logit', antithetic } as const;
    const { map, notes } = await attribute(flat, 'rise', input, [0], options);
    // What a mask shows counts 3, and half of all masks show a feature beside it, too.
    for (const [i, value] of map.data.entries())
      expect(Math.abs(value - (i === 2 ? 3 : 1.5))).toBeLessThan(0.1);
    expect((notes ?? []).join()).not.toContain('grid has cells');
  });
});

function loadFlat(weights = [1, 1, 1]) {
  const b = startGraph('flat');
  const both = weights.flatMap((weight) => [weight, 0]);
  b.emit('MatMul', ['x', b.constant(float32(both, [weights.length, 2]))], {}, 'y');
  return classifierOf(
    b.finish(
      [{ name: 'x', type: 'float32', shape: ['N', weights.length] }],
      [{ name: 'y', type: 'float32', shape: ['N', 2] }],
    ),
    'flat',
    { engine },
  );
}

describe('antithetic masks', () => {
  const data = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i));
  const input = { data, shape: [1, 1, 8, 8] };

  it('make the map of a constant model flat', async () => {
    const model = await classifierOf(constantModel(), 'constant', { engine });
    const options = { masks: 10, cells: 4, antithetic: true, quantity: 'logit' } as const;
    const { map, convergence } = await attribute(model, 'rise', input, [1], options);
    // Each mask and its complement sum up to 1.
    for (const value of map.data) expect(value).toBeCloseTo(2, 5);
    expect(convergence).toHaveLength(1);
  });

  it('are refused beside given masks or another probability', async () => {
    const model = await classifierOf(tinyModel(), 'tiny', { engine });
    const refused = expect(attribute(model, 'rise', input, [1], { antithetic: true, keep: 0.3 })).rejects;
    await refused.toThrow("option 'antithetic' takes random masks and keep=0.5");
  });
});

it('says where a probability weighs all masks alike', async () => {
  const b = startGraph('age');
  const mean = b.reduce('ReduceMean', b.reshape('x', [-1, 64]), [1]);
  b.alias(b.add(b.mul(mean, 12), 50), 'age');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  const age = b.finish([value('x', ['N', 1, 8, 8])], [value('age', ['N', 1])]);
  const model = await classifierOf(age, 'age', { engine });
  const input = { data: Float32Array.from({ length: 64 }, (_, i) => Math.sin(i)), shape: [1, 1, 8, 8] };
  const notes = async (quantity: 'probability' | 'logit') =>
    (await attribute(model, 'rise', input, [0], { masks: 8, quantity })).notes.join();
  expect(await notes('probability')).toContain('probability is 1.00 behind every mask (sample 0)');
  expect(await notes('logit')).not.toContain('behind every mask');
});

/** Outputs 1 and 2, whatever the image. */
function constantModel() {
  const b = startGraph('constant');
  const nothing = b.mul(b.reduce('ReduceSum', b.reshape('x', [-1, 64]), [1]), 0);
  b.alias(b.add(nothing, b.constant(float32(Float32Array.of(1, 2), [1, 2]))), 'logits');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  return b.finish([value('x', ['N', 1, 8, 8])], [value('logits', ['N', 2])]);
}
