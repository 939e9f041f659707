import { afterAll, describe, expect, it } from 'vitest';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { startGraph } from '../../graph/builder.js';
import { classifierOf } from '../../model/load.js';
import { predict } from '../../model/predict.js';
import { imputeLinear } from '../../tensor/impute.js';
import { tinyModel } from '../../testing/tiny-model.js';
import { attribute } from '../attribute.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const input = { data: Float32Array.from({ length: 64 }, (_, i) => Math.sin(i * i)), shape: [1, 1, 8, 8] };
const occlude = async (options: object) => {
  const model = await classifierOf(tinyModel(), 'tiny', { engine });
  return { model, ...(await attribute(model, 'occlusion', input, [1], { ...options })) };
};

describe('occlusion', () => {
  it('strides by axis, clips windows at the edge and averages overlaps', async () => {
    const [high, wide, down, across] = [4, 3, 3, 2];
    const { map, model, evaluations } = await occlude({ window: '4,3', stride: '3,2', baseline: 0.5 });
    const whole = (await predict(model, input)).data[1]!;
    const [sums, counts] = [new Float64Array(64), new Float64Array(64)];
    let windows = 0;
    for (let y = 0; y < 3; y++) {
      for (let x = 0; x < 4; x++) {
        const hidden = (i: number) => {
          const [row, column] = [(i >> 3) - y * down, (i & 7) - x * across];
          return row >= 0 && row < high && column >= 0 && column < wide;
        };
        const data = input.data.map((value, i) => (hidden(i) ? 0.5 : value));
        const loss = whole - (await predict(model, { data, shape: input.shape })).data[1]!;
        for (let i = 0; i < 64; i++) {
          if (!hidden(i)) continue;
          sums[i]! += loss;
          counts[i]!++;
        }
        windows++;
      }
    }
    expect(evaluations.forward).toBe(windows + 1);
    for (const [i, value] of map.data.entries()) expect(value).toBeCloseTo(sums[i]! / counts[i]!, 5);
  });

  it('covers the features of a table one by one', async () => {
    const b = startGraph('table');
    const weights = Float32Array.from({ length: 24 }, (_, i) => Math.cos(i));
    b.emit('MatMul', ['x', b.constant({ type: 'float32', data: weights, shape: [12, 2] })], {}, 'y');
    const value = (name: string, of: number) => ({ name, type: 'float32' as const, shape: ['N', of] });
    const table = await classifierOf(b.finish([value('x', 12)], [value('y', 2)]), 'table', { engine });
    const row = { data: Float32Array.from({ length: 12 }, (_, i) => i - 4), shape: [1, 12] };
    const { map, evaluations } = await attribute(table, 'occlusion', row, [1], { baseline: 'zero' });
    expect(evaluations.forward).toBe(13);
    for (const [i, value] of map.data.entries())
      expect(value).toBeCloseTo(row.data[i]! * weights[2 * i + 1]!, 5);
    const wide = await attribute(table, 'occlusion', row, [1], { baseline: 'zero', window: 3, stride: 3 });
    expect(wide.evaluations.forward).toBe(5);
  });

  it('fills each patch in from around it, where patches overlap too', async () => {
    const { map } = await occlude({ window: 4, stride: 2, baseline: 'inpaint' });
    const model = await classifierOf(tinyModel(), 'tiny', { engine });
    const whole = (await predict(model, input)).data[1]!;
    const [sums, counts] = [new Float64Array(64), new Float64Array(64)];
    for (const y of [0, 2, 4]) {
      for (const x of [0, 2, 4]) {
        const hidden = Uint8Array.from({ length: 64 }, (_, i) => {
          const [v, u] = [Math.floor(i / 8), i % 8];
          return v >= y && v < y + 4 && u >= x && u < x + 4 ? 1 : 0;
        });
        const data = imputeLinear(input.data, 8, 8, hidden);
        const loss = whole - (await predict(model, { data, shape: input.shape })).data[1]!;
        for (const [i, one] of hidden.entries()) {
          sums[i]! += one * loss;
          counts[i]! += one;
        }
      }
    }
    for (const [i, value] of map.data.entries()) expect(value).toBeCloseTo(sums[i]! / counts[i]!, 5);
  });

  it('says that its patch covers the whole input, and so its map is flat', async () => {
    const { map, notes } = await occlude({ window: 8 });
    expect(new Set(map.data).size).toBe(1);
    expect(notes).toContain('the patch covers the whole input [8,8]; option window takes less');
    expect(notes).toContain('the map is flat: it has one value everywhere (sample 0)');
    expect((await occlude({ window: 7 })).notes?.join()).not.toMatch(/flat|covers|under no patch/);
  });

  it('says how many pixels are under no patch', async () => {
    const { map, notes } = await occlude({ window: 2, stride: 3 });
    const missed = map.data.slice(0, 64).filter((value) => value === 0).length;
    expect(missed).toBe(64 - 36);
    expect(notes).toContain(
      '28 of 64 pixels are under no patch and 0 in the map; option stride takes at most the window',
    );
  });

  it('takes the smallest stride that a budget allows', async () => {
    const { map, evaluations } = await occlude({ window: 4, budget: 12 });
    expect(evaluations.forward).toBe(10);
    expect([...map.data]).toEqual([...(await occlude({ window: 4, stride: 2 })).map.data]);
  });

  it('covers a quarter of each side, in steps of an eighth, unless told', async () => {
    const { map } = await occlude({});
    expect([...map.data]).toEqual([...(await occlude({ window: 2, stride: 1 })).map.data]);
  });

  it('takes one number for both axes', async () => {
    const { map } = await occlude({ window: 4, stride: 2 });
    expect([...map.data]).toEqual([...(await occlude({ window: [4, 4], stride: '2,2' })).map.data]);
  });

  it.each(['0', '2,0', '1,2,3', '1,2,3,4', '1.5', 'a', ''])('rejects a stride of %o', async (stride) => {
    await expect(occlude({ stride })).rejects.toThrow(
      /option 'stride' (of method occlusion .* takes a whole number|has 3 lengths)/,
    );
  });
});
