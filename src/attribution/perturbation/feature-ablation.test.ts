import { afterAll, describe, expect, it } from 'vitest';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { startGraph } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import { classifierOf } from '../../model/load.js';
import { predict } from '../../model/predict.js';
import { tinyModel } from '../../testing/tiny-model.js';
import { attribute } from '../attribute.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const input = { data: Float32Array.from({ length: 64 }, (_, i) => Math.sin(i)), shape: [1, 1, 8, 8] };

/** Nine features into two classes. */
function linearModel(weights: Float32Array): Graph {
  const b = startGraph('linear');
  b.emit('MatMul', ['x', b.constant(float32(weights, [9, 2]))], {}, 'logits');
  const value = (name: string, length: number) => ({ name, type: 'float32' as const, shape: ['N', length] });
  return b.finish([value('x', 9)], [value('logits', 2)]);
}

describe('feature ablation', () => {
  it('is the drop of the output without each grid cell', async () => {
    const model = await classifierOf(tinyModel(), 'tiny', { engine });
    const { map, evaluations } = await attribute(model, 'feature-ablation', input, [1], {
      segments: '2,4',
      baseline: 0.5,
    });
    expect(evaluations.forward).toBe(10);
    const whole = (await predict(model, input)).data[1]!;
    for (const [row, column] of [
      [0, 0],
      [1, 3],
      [1, 1],
    ] as const) {
      const inside = (i: number) => Math.floor(i / 32) === row && Math.floor((i % 8) / 2) === column;
      const data = input.data.map((value, i) => (inside(i) ? 0.5 : value));
      const loss = whole - (await predict(model, { data, shape: input.shape })).data[1]!;
      for (let i = 0; i < 64; i++) if (inside(i)) expect(map.data[i]).toBeCloseTo(loss, 6);
    }
  });

  it('takes labels that need not be consecutive', async () => {
    const model = await classifierOf(tinyModel(), 'tiny', { engine });
    const data = Float32Array.from({ length: 64 }, (_, i) => (i < 32 ? -3 : 90));
    const labelled = await attribute(model, 'feature-ablation', input, [0], {
      segments: { data, shape: [8, 8] },
    });
    const halves = await attribute(model, 'feature-ablation', input, [0], { segments: [2, 1] });
    expect(labelled.evaluations.forward).toBe(4);
    expect([...labelled.map.data]).toEqual([...halves.map.data]);
    expect(new Set(labelled.map.data).size).toBe(2);
  });

  it('ablates 8x8 grid cells of images and single features by default', async () => {
    const image = await classifierOf(tinyModel(), 'tiny', { engine });
    const [usual, named] = await Promise.all(
      [{}, { segments: 'grid' }].map((options) => attribute(image, 'feature-ablation', input, [1], options)),
    );
    expect(usual!.evaluations.forward).toBe(66);
    expect([...named!.map.data]).toEqual([...usual!.map.data]);
    const weights = Float32Array.from({ length: 18 }, (_, i) => i - 7);
    const features = await classifierOf(linearModel(weights), 'linear', { engine });
    const row = { data: Float32Array.from({ length: 9 }, (_, i) => i + 1), shape: [1, 9] };
    const { map, evaluations } = await attribute(features, 'feature-ablation', row, [1]);
    expect(evaluations.forward).toBe(11);
    expect([...map.data]).toEqual([...row.data].map((value, i) => value * weights[2 * i + 1]!));
  });

  it('says which labels it accepts', async () => {
    const model = await classifierOf(tinyModel(), 'tiny', { engine });
    const segments = { data: new Float32Array(9), shape: [3, 3] };
    await expect(attribute(model, 'feature-ablation', input, [0], { segments })).rejects.toThrow(
      "option 'segments' has shape [3,3]; it takes a label for each pixel [8,8]",
    );
    await expect(attribute(model, 'feature-ablation', input, [0], { segments: '0,2' })).rejects.toThrow(
      'segments',
    );
  });
});
