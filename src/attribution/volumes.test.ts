import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../base/random.js';
import { quietly } from '../base/run.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { int, ints } from '../graph/attributes.js';
import { type Builder, startGraph } from '../graph/builder.js';
import { float32, int64 } from '../graph/elements.js';
import { classifierOf } from '../model/load.js';
import { predict } from '../model/predict.js';
import { gaussianKernel } from '../tensor/blur.js';
import { sizeOf, type Tensor } from '../tensor/tensor.js';
import { attribute } from './attribute.js';
import { layerValues } from './cam/cam.js';
import { baselineFor } from './input/baseline.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const random = seededRandom('volumes');
const noise = (...shape: number[]): Tensor => ({
  data: Float32Array.from({ length: sizeOf(shape) }, () => random.normal()),
  shape,
});

const space = [4, 5, 6] as const;
const area = sizeOf(space);
/** Depth, height and width of a position. */
const at = (i: number) => [Math.floor(i / 30) % 4, Math.floor(i / 6) % 5, i % 6] as const;

/** Two channels of a volume to two classes, with a layer of half the positions. */
function network() {
  const b = startGraph('volume');
  const weights = (...shape: number[]) => b.constant(float32(noise(...shape).data, shape));
  const same = ints([1, 1, 1, 1, 1, 1]);
  const made = b.relu(b.emit('Conv', ['x', weights(3, 2, 3, 3, 3), weights(3)], { pads: same }));
  const halved = { kernel_shape: ints([2, 2, 2]), strides: ints([2, 2, 2]) };
  b.emit('AveragePool', [made], halved, 'layer');
  const flat = b.emit('Flatten', ['layer']);
  b.emit('MatMul', [flat, weights(36, 2)], {}, 'y');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  const graph = b.finish([value('x', ['N', 2, ...space])], [value('y', ['N', 2])]);
  return classifierOf(graph, 'volume', { engine });
}

const expectClose = (found: ArrayLike<number>, wanted: ArrayLike<number>) => {
  expect(found.length).toBe(wanted.length);
  const size = Math.hypot(...Array.from(wanted));
  const far = Math.hypot(...Array.from(wanted, (value, i) => value - found[i]!));
  expect(far / size).toBeLessThan(1e-5);
};

describe('volumes', () => {
  it('are masked by the channels of a layer in Score-CAM', async () => {
    const model = await network();
    const x = noise(1, 2, ...space);
    const options = { layer: 'layer', relu: false, upsample: 'none' } as const;
    const { map } = await attribute(model, 'scorecam', x, [1], options);
    const request = { model, input: x, targets: [1], options: {}, seed: 0, run: quietly };
    const { data: layer } = await layerValues(request, 'layer');
    const scores: number[] = [];
    for (let c = 0; c < 3; c++) {
      const cell = (z: number, y: number, u: number) => layer[((c * 2 + z) * 2 + y) * 3 + u]!;
      // Trilinear, with the corners of both grids in the same place.
      const large = Array.from({ length: area }, (_, i) => {
        const [d, h, w] = at(i);
        let sum = 0;
        for (let z = 0; z < 2; z++)
          for (let y = 0; y < 2; y++)
            for (let u = 0; u < 3; u++) {
              const near = (place: number, one: number) => Math.max(0, 1 - Math.abs(place - one));
              sum += near(d / 3, z) * near(h / 4, y) * near((w * 2) / 5, u) * cell(z, y, u);
            }
        return sum;
      });
      const [low, high] = [Math.min(...large), Math.max(...large)];
      const seen = x.data.map((value, i) => (value * (large[i % area]! - low)) / (high - low + 1e-8));
      scores.push((await predict(model, { data: seen, shape: x.shape })).data[1]!);
    }
    const most = Math.max(...scores);
    const parts = scores.map((score) => Math.exp(score - most));
    const total = parts.reduce((sum, part) => sum + part, 0);
    const wanted = Array.from({ length: 12 }, (_, i) =>
      parts.reduce((sum, part, c) => sum + (part / total) * layer[c * 12 + i]!, 0),
    );
    expectClose(map.data, wanted);
    expect(map.shape).toEqual([1, 1, 2, 2, 3]);
  });

  it('are integrated along a path of blurs', async () => {
    const model = await network();
    const x = noise(1, 2, ...space);
    const { map } = await attribute(model, 'blur-ig', x, [1], { steps: 3, sigma: 1.5 });
    const path = [0, 0.5, 1, 1.5].map((sigma) => baselineFor('blur', x, model, { sigma }).data);
    const slopes: Float32Array[] = [];
    for (const data of path)
      slopes.push((await attribute(model, 'gradient', { data, shape: x.shape }, [1])).map.data);
    const wanted = Array.from(x.data, (_, i) =>
      path.reduce((sum, _one, k) => {
        const way = path[Math.max(0, k - 1)]![i]! - path[Math.min(3, k + 1)]![i]!;
        return sum + (slopes[k]![i]! * way) / 2;
      }, 0),
    );
    expectClose(map.data, wanted);
  });

  it('keep the cells that raise the output in extremal perturbation', async () => {
    const b = startGraph('cube');
    const important = (i: number) => at(i)[0] < 2 && at(i)[2] >= 3;
    const kernel = b.constant(float32([1], [1, 1, 1, 1, 1]));
    const weights = Float32Array.from({ length: 2 * area }, (_, i) =>
      important(i >> 1) ? 4 * (-1) ** i : 0,
    );
    const flat = b.emit('Flatten', [b.emit('Conv', ['x', kernel])]);
    b.emit('MatMul', [flat, b.constant(float32(weights, [area, 2]))], {}, 'y');
    const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
    const graph = b.finish([value('x', ['N', 1, ...space])], [value('y', ['N', 2])]);
    const model = await classifierOf(graph, 'cube', { engine });
    const x = { data: new Float32Array(area).fill(1), shape: [1, 1, ...space] };
    const options = { area: 0.25, cells: 4, baseline: 0, steps: 100 } as const;
    const { map } = await attribute(model, 'extremal', x, [0], options);
    const mean = (of: (i: number) => boolean) => {
      const values = [...map.data].filter((_, i) => of(i));
      return values.reduce((sum, one) => sum + one, 0) / values.length;
    };
    expect(map.shape).toEqual([1, 1, ...space]);
    expect(mean(important)).toBeGreaterThan(0.6);
    expect(mean((i) => !important(i))).toBeLessThan(0.2);
  });

  it('lose a cell of a grid at a time in feature ablation', async () => {
    const model = await network();
    const x = noise(1, 2, ...space);
    const { map, evaluations } = await attribute(model, 'feature-ablation', x, [1], { segments: '2,1,3' });
    expect(evaluations.forward).toBe(8);
    const full = (await predict(model, x)).data[1]!;
    const wanted = new Float64Array(2 * area);
    for (let cell = 0; cell < 6; cell++) {
      const inside = (i: number) => Math.floor(at(i)[0] / 2) * 3 + Math.floor(at(i)[2] / 2) === cell;
      const hidden = { data: x.data.map((value, i) => (inside(i) ? 0 : value)), shape: x.shape };
      const loss = full - (await predict(model, hidden)).data[1]!;
      for (let i = 0; i < wanted.length; i++) if (inside(i)) wanted[i] = loss;
    }
    expectClose(map.data, wanted);
  });

  it('have a mean for each channel and a blur along all axes as baselines', async () => {
    const model = await network();
    const x = noise(1, 2, ...space);
    const means = baselineFor('mean', x, model).data;
    expect(means[0]).toBeCloseTo(
      x.data.subarray(0, area).reduce((a, v) => a + v / area, 0),
      6,
    );
    expect(means[area]).not.toBeCloseTo(means[0]!, 3);
    const kernel = gaussianKernel(0.6);
    const reach = (kernel.length - 1) / 2;
    const mirrored = (place: number, length: number) =>
      place < 0 ? -1 - place : place >= length ? 2 * length - 1 - place : place;
    const wanted = Array.from(x.data, (_, i) => {
      const [d, h, w] = at(i);
      let sum = 0;
      for (let a = -reach; a <= reach; a++)
        for (let b = -reach; b <= reach; b++)
          for (let c = -reach; c <= reach; c++) {
            const place = (mirrored(d + a, 4) * 5 + mirrored(h + b, 5)) * 6 + mirrored(w + c, 6);
            const weight = kernel[a + reach]! * kernel[b + reach]! * kernel[c + reach]!;
            sum += weight * x.data[Math.floor(i / area) * area + place]!;
          }
      return sum;
    });
    expectClose(baselineFor('blur', x, model, { sigma: 0.6 }).data, wanted);
  });

  it.each<[string, (b: Builder, read: string) => string]>([
    ['joins their slices', (b, read) => b.reduce('ReduceMean', read, [2], { keepdims: int(0) })],
    [
      'takes one of them',
      (b, read) => b.emit('Gather', [read, b.constant(int64([2], []))], { axis: int(2) }),
    ],
  ])('are explained where the network %s', async (_name, planeOf) => {
    const b = startGraph('joined');
    const weights = (...shape: number[]) => b.constant(float32(noise(...shape).data, shape));
    const read = b.relu(b.emit('Conv', ['x', weights(3, 2, 1, 3, 3), weights(3)]));
    const maps = b.emit(
      'Relu',
      [b.emit('Conv', [planeOf(b, read), weights(3, 3, 2, 2), weights(3)])],
      {},
      'maps',
    );
    const means = b.emit('Flatten', [b.emit('GlobalAveragePool', [maps])]);
    b.emit('MatMul', [means, weights(3, 2)], {}, 'y');
    const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
    const graph = b.finish([value('x', ['N', 2, ...space])], [value('y', ['N', 2])]);
    const model = await classifierOf(graph, 'joined', { engine });
    const input = noise(1, 2, ...space);
    expect((await attribute(model, 'fullgrad', input, [1])).map.shape).toEqual([1, 1, ...space]);
    await expect(attribute(model, 'gradcam', input, [1])).rejects.toThrow(
      "gradcam: the network takes one place of an axis of positions, such as a frame or a slice, or joins all of it, before layer 'maps'",
    );
  });
});
