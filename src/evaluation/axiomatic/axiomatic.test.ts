import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attribute } from '../../attribution/attribute.js';
import type { MethodName } from '../../attribution/index.js';
import { seededRandom } from '../../base/random.js';
import { quietly } from '../../base/run.js';
import type { Classifier } from '../../model/classifier.js';
import { classifierOf } from '../../model/load.js';
import { weightedLayers, withRandomWeights } from '../../model/randomise.js';
import { tensor } from '../../tensor/tensor.js';
import { tinyModel } from '../../testing/tiny-model.js';
import type { Scored } from '../metric/metric.js';
import { scoreMap } from '../score.js';

const random = seededRandom('axioms');
const input = tensor(
  Float32Array.from({ length: 64 }, () => random.uniform()),
  [1, 1, 8, 8],
);

describe('axioms and randomisation, on a network', () => {
  let model: Classifier;
  beforeAll(async () => {
    model = await classifierOf(tinyModel(), 'tiny', { normalisation: 'zero-one' });
  });
  afterAll(() => model.engine.dispose());

  const scoredBy = async (method: MethodName, options = {}): Promise<Scored> => {
    const explain: Scored['explain'] = async (at, target, change) => {
      const { map } = await attribute(change?.(model) ?? model, method, at, [target], options);
      return { data: map.data, shape: map.shape.slice(-2) };
    };
    return { map: await explain(input, 1), model, input, target: 1, explain, seed: 3, run: quietly };
  };
  const value = async (metric: string, scored: Scored, options = {}) =>
    (await scoreMap(metric, scored, options)).value;

  it('completeness holds for integrated gradients, and not for the gradient', async () => {
    const complete = await scoredBy('integrated-gradients', { steps: 200 });
    expect(await value('completeness', complete)).toBeLessThan(1e-2);
    expect(await value('completeness', await scoredBy('gradient'))).toBeGreaterThan(0.05);
  });

  it('a shifted input leaves the gradient, and not what multiplies by the input', async () => {
    expect(await value('input-invariance', await scoredBy('gradient'))).toBeLessThan(1e-5);
    expect(await value('input-invariance', await scoredBy('input-x-gradient'))).toBeGreaterThan(0.1);
  });

  it('non-sensitivity counts attribution without effect, and the reverse', async () => {
    const half = (side: number) => (_: unknown, p: number) => (p % 8 < 4 === (side === 0) ? 1 : 0);
    const scored: Scored = {
      map: tensor(Float32Array.from({ length: 64 }, half(0)), [8, 8]),
      predict: async ({ data, shape }) =>
        tensor(
          Float32Array.from({ length: shape[0]! * 2 }, (_, i) =>
            i % 2
              ? 0
              : data.subarray(32 * i, 32 * i + 64).reduce((sum, v, p) => sum + (p % 8 < 4 ? v : 0), 0),
          ),
          [shape[0]!, 2],
        ),
      input,
      target: 0,
      seed: 0,
      run: quietly,
    };
    const each = { pixels: 1 };
    expect(await value('non-sensitivity', scored, each)).toBe(0);
    const other = { ...scored.map, data: Float32Array.from({ length: 64 }, half(1)) };
    expect(await value('non-sensitivity', { ...scored, map: other }, each)).toBe(1);
  });

  it('random weights change a map of the gradient, and not one that ignores the model', async () => {
    const learned = await value('parameter-randomisation', await scoredBy('gradient'));
    expect(learned).toBeLessThan(0.9);
    expect(await value('parameter-randomisation', await scoredBy('sobel'))).toBeCloseTo(1, 10);
    const smooth = { samples: 3, noise: 0.05, order: 'independent', weights: 'permute' };
    expect(await value('parameter-randomisation', await scoredBy('gradient'), smooth)).toBeLessThan(0.95);
    expect(await value('efficient-randomisation', await scoredBy('sobel'))).toBeCloseTo(0, 9);
  });

  it('redraws every weight within its bound, or permutes the same numbers', () => {
    const layers = weightedLayers(model.graph);
    expect(layers.map(({ weights }) => weights.map(({ fanIn }) => fanIn))).toEqual([[9], [4]]);
    const redrawn = withRandomWeights(model, layers, 'redraw', seededRandom(1));
    const permuted = withRandomWeights(model, layers, 'permute', seededRandom(1));
    for (const { weights } of layers) {
      for (const { value: name, fanIn } of weights) {
        const [before, drawn, moved] = [model, redrawn, permuted].map(
          ({ graph }) => [...graph.initializers.get(name)!.data] as number[],
        );
        expect(drawn!.every((weight) => Math.abs(weight) <= 1 / Math.sqrt(fanIn))).toBe(true);
        expect(drawn).not.toEqual(before);
        expect([...moved!].sort()).toEqual([...before!].sort());
      }
    }
  });
});
