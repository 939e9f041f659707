import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { quietly } from '../../base/run.js';
import { imputeLinear } from '../../tensor/impute.js';
import { type Tensor, tensor } from '../../tensor/tensor.js';
import { metrics } from '../registry.js';
import { scoreMap } from '../score.js';

const [height, width] = [5, 6];
const area = height * width;
const random = seededRandom('inpaint');
const draw = (length: number) => Float32Array.from({ length }, () => random.normal());
const image = tensor(draw(2 * area), [1, 2, height, width]);
const map = tensor(draw(area), [height, width]);

/** The images that a metric shows the model. */
async function shown(kind: 'deletion' | 'insertion', input: Tensor): Promise<Float32Array[]> {
  const seen: Float32Array[] = [];
  const predict = async ({ data, shape }: Tensor): Promise<Tensor> => {
    for (let n = 0; n < shape[0]!; n++) seen.push(data.slice(n * 2 * area, (n + 1) * 2 * area));
    return tensor(
      Float32Array.from({ length: 2 * shape[0]! }, (_, i) => i % 2),
      [shape[0]!, 2],
    );
  };
  const scored = { map, input, target: 0, predict, seed: 1, run: quietly };
  await scoreMap(kind, scored, { pixels: 10, baseline: 'inpaint' });
  return seen;
}

describe('the baseline inpaint of curves', () => {
  it.each(['deletion', 'insertion'] as const)('%s fills in what is missing at each step', async (kind) => {
    const order = [...map.data.keys()].sort((a, b) => map.data[b]! - map.data[a]!);
    const seen = await shown(kind, image);
    expect(seen).toHaveLength(4);
    for (const [step, found] of seen.entries()) {
      const first = new Set(order.slice(0, 10 * step));
      const missing = Uint8Array.from({ length: area }, (_, p) => +(first.has(p) === (kind === 'deletion')));
      const planes = [0, 1].map((c) =>
        imputeLinear(image.data.slice(c * area, (c + 1) * area), height, width, missing),
      );
      const wanted = planes.flatMap((plane) => [...plane]);
      for (const [i, value] of found.entries()) expect(value).toBeCloseTo(wanted[i]!, 6);
    }
  });

  it('leaves an image of one value as it is until no pixel is left', async () => {
    const seen = await shown('deletion', { ...image, data: new Float32Array(2 * area).fill(0.7) });
    for (const found of seen.slice(0, -1)) for (const value of found) expect(value).toBeCloseTo(0.7, 6);
    expect(new Set(seen.at(-1))).toEqual(new Set([0]));
  });

  it('is a choice of every metric that follows a curve of missing pixels', () => {
    const accepting = Object.values(metrics).flatMap(({ name, options }) =>
      'baseline' in options && options.baseline.accepts.includes('inpaint') ? [name] : [],
    );
    expect(accepting.sort()).toEqual([
      'deletion',
      'insertion',
      'irof',
      'monotonicity',
      'region-perturbation',
      'selectivity',
      'sufficiency',
    ]);
  });
});
