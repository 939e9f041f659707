import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attribute } from '../../attribution/attribute.js';
import type { MethodName } from '../../attribution/index.js';
import { quietly } from '../../base/run.js';
import { startGraph } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import type { Classifier } from '../../model/classifier.js';
import { classifierOf } from '../../model/load.js';
import { tensor } from '../../tensor/tensor.js';
import type { Scored } from '../metric/metric.js';
import { scoreMap } from '../score.js';

/** The first logit of four pixels is 1a + 0b + 2c - 2d, the second is 0. */
function linear() {
  const b = startGraph('by hand');
  const weights = b.constant(float32([1, 0, 0, 0, 2, 0, -2, 0], [4, 2]));
  b.emit('Gemm', [b.emit('Flatten', ['x']), weights], {}, 'logits');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  return b.finish([value('x', ['N', 1, 2, 2])], [value('logits', ['N', 2])]);
}

const input = tensor(Float32Array.of(1, 2, 3, 1), [1, 1, 2, 2]);

describe('axioms of a linear network, by hand', () => {
  let model: Classifier;
  beforeAll(async () => {
    model = await classifierOf(linear(), 'by hand', { normalisation: 'zero-one' });
  });
  afterAll(() => model.engine.dispose());

  const common = () => ({ model, input, target: 0, seed: 0, run: quietly });
  const scoredBy = async (method: MethodName): Promise<Scored> => {
    const explain: Scored['explain'] = async (at, target, change) => {
      const { map } = await attribute(change?.(model) ?? model, method, at, [target]);
      return { data: map.data, shape: map.shape.slice(-2) };
    };
    return { ...common(), map: await explain(input, 0), explain };
  };
  const fixed = (...values: number[]): Scored => {
    const map = tensor(Float32Array.from(values), [2, 2]);
    return { ...common(), map, explain: async () => map };
  };
  const value = async (metric: string, scored: Scored, options = {}) =>
    (await scoreMap(metric, scored, options)).value;

  it('completeness: 1 + 0 + 6 - 2 is the logit; the weights sum to 1 of these 5', async () => {
    expect(await value('completeness', await scoredBy('input-x-gradient'))).toBeCloseTo(0, 6);
    expect(await value('completeness', await scoredBy('gradient'))).toBeCloseTo(4 / 5, 6);
  });

  it('input invariance: weights stay, and their products grow by |w| / |wx|', async () => {
    expect(await value('input-invariance', await scoredBy('gradient'))).toBeCloseTo(0, 6);
    const grown = Math.sqrt(1 + 4 + 4) / Math.sqrt(1 + 36 + 4);
    expect(await value('input-invariance', await scoredBy('input-x-gradient'))).toBeCloseTo(grown, 6);
  });

  it('non-sensitivity: pixel b alone has no effect', async () => {
    const each = { pixels: 1 };
    expect(await value('non-sensitivity', await scoredBy('gradient'), each)).toBe(0);
    expect(await value('non-sensitivity', fixed(1, 1, 2, -2), each)).toBe(1 / 4);
    expect(await value('non-sensitivity', fixed(0, 1, 0, 0), each)).toBe(1);
  });

  it('symmetry: equal pixels get equal weights; one alone of a pair has 1 / sqrt 2', async () => {
    expect(await value('symmetry', await scoredBy('gradient'))).toBeCloseTo(0, 6);
    expect(await value('symmetry', await scoredBy('input-x-gradient'))).toBeCloseTo(0, 6);
    expect(await value('symmetry', fixed(1, 0, 0, 0))).toBeCloseTo(Math.SQRT1_2, 6);
    expect(await value('symmetry', fixed(1, -1, 0, 0))).toBeCloseTo(1, 6);
  });
});
