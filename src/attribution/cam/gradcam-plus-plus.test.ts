import { afterAll, describe, expect, it } from 'vitest';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { startGraph } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import { classifierOf } from '../../model/load.js';
import { normalFrom } from '../../testing/normal.js';
import { attribute } from '../attribute.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const [channels, area] = [3, 16];
const slopes = normalFrom('slopes')(channels * area, 2).data as Float32Array;
const image = normalFrom('image')(2, channels, 4, 4);

/** Two linear classes of rectified pixels: the gradient at the layer is a column of `slopes`, scaled. */
function linear(scale: number) {
  const b = startGraph('linear');
  b.emit('Relu', ['x'], {}, 'layer');
  const weights = float32(
    slopes.map((v) => v * scale),
    [channels * area, 2],
  );
  b.emit('MatMul', [b.emit('Flatten', ['layer']), b.constant(weights)], {}, 'logits');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  const graph = b.finish([value('x', ['N', channels, 4, 4])], [value('logits', ['N', 2])]);
  return classifierOf(graph, 'linear', { engine, precision: 'float64' });
}

/** The formula written out. */
function literal(row: number, target: number, scale: number, epsilon: number): number[] {
  const map = new Array<number>(area).fill(0);
  for (let c = 0; c < channels; c++) {
    const at = (p: number) => Math.max(0, image.data[(row * channels + c) * area + p]!);
    let total = 0;
    for (let p = 0; p < area; p++) total += at(p);
    let weight = 0;
    for (let p = 0; p < area; p++) {
      const g = slopes[(c * area + p) * 2 + target]! * scale;
      const alpha = g === 0 ? 0 : g ** 2 / (2 * g ** 2 + total * g ** 3 + epsilon);
      weight += alpha * Math.max(0, g);
    }
    for (let p = 0; p < area; p++) map[p]! += weight * at(p);
  }
  return map;
}

describe.each([1, 1e-5])('gradients of about %s', (scale) => {
  it.each([1e-6, 0, 1e-12])('are weighed as the formula says, epsilon %s', async (epsilon) => {
    const { map } = await attribute(await linear(scale), 'gradcam++', image, [0, 1], {
      ...{ epsilon, layer: 'layer', upsample: 'none' },
    });
    const wanted = [literal(0, 0, scale, epsilon), literal(1, 1, scale, epsilon)].flat();
    const greatest = Math.max(...wanted);
    for (const [i, value] of wanted.entries())
      expect(map.data[i]! / greatest).toBeCloseTo(value / greatest, 6);
  });
});

const asked = { layer: 'layer' };

it('says that the epsilon changes the map', async () => {
  const { notes } = await attribute(await linear(1e-5), 'gradcam++', image, [0, 1], asked);
  expect(notes).toContainEqual(
    expect.stringMatching(
      /^the gradients are so small that the epsilon of 0.000001 changes the map .*epsilon=0/,
    ),
  );
});

it.each([
  ['gradients are great', 1, {}],
  ["the paper's form is asked for", 1e-5, { epsilon: 0 }],
] as const)('says nothing of it where %s', async (_, scale, options) => {
  const { notes } = await attribute(await linear(scale), 'gradcam++', image, [0, 1], {
    ...asked,
    ...options,
  });
  expect(notes.filter((note) => note.includes('epsilon'))).toEqual([]);
});

it('refuses an epsilon below zero', async () => {
  const below = attribute(await linear(1), 'gradcam++', image, [0, 1], { ...asked, epsilon: -1 });
  await expect(below).rejects.toThrow(/epsilon.*-1/);
});
