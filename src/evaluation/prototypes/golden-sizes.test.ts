import { describe, expect, it } from 'vitest';
import { partBox } from '../../model/prototypes/boxes.js';
import type { Tensor } from '../../tensor/tensor.js';
import { apart, goldenArray, goldenInts, goldenValue } from '../../testing/golden/prototypes.js';
import { sharedIsThere } from '../../testing/shared.js';
import { abstentionThresholds, compactness, localSizes, pairDistance } from './compactness.js';

const at = ({ data, shape }: Tensor, row: number, column: number) => data[row * shape[1]! + column]!;

/** Rows of `[N, K]`. */
const taken = ({ data, shape }: Tensor, chosen: readonly number[]): Tensor => {
  const width = shape[1]!;
  const rows = chosen.flatMap((n) => [...data.subarray(n * width, (n + 1) * width)]);
  return { data: Float32Array.from(rows), shape: [chosen.length, width] };
};

interface Evaluation {
  readonly 'num non-zero prototypes': number;
  readonly confusion_matrix: readonly (readonly number[])[];
  readonly test_accuracy: number;
  readonly almost_sim_nonzeros: number;
  readonly almost_nonzeros: number;
}

describe.skipIf(!sharedIsThere)('the published sizes of a PIP-Net', () => {
  it('are those of contributions and of the prototypes that a user sees', async () => {
    const presence = await goldenArray('pipnet/pooled_inference');
    const weights = await goldenArray('pipnet/classification_weight');
    const adds = [...Array(12).keys()].flatMap((n) =>
      [0, 1, 2].flatMap((k) => [...Array(12).keys()].map((p) => at(presence, n, p) * at(weights, k, p))),
    );
    const made = { data: Float32Array.from(adds), shape: [12, 3, 12] };
    expect(apart(made, await goldenArray('pipnet/contribution'))).toBeLessThan(1e-6);
    expect(adds.map((one) => Number(one > 0.01))).toEqual(await goldenInts('pipnet/relevant_image'));
    const relevant = Array.from(weights.data, (weight) => Number(weight > 1e-3));
    expect(relevant).toEqual(await goldenInts('pipnet/relevant_class'));
  });

  it.each([
    [12, 1],
    [5, 3],
  ])('are those of an evaluation in batches of %d, which lowers the weights', async (size, batches) => {
    const presence = await goldenArray('pipnet/pooled_inference');
    const scores = await goldenArray('pipnet/scores_inference');
    const given = await goldenArray('pipnet/classification_weight');
    const labels = await goldenInts('data/y');
    // The published evaluation takes 0.001 from every weight with each batch; the weights here stay.
    const lowered = (by: number) => ({
      data: given.data.map((weight) => Math.max(0, weight - 1e-3 * by)),
      shape: given.shape,
    });
    const want = await goldenValue<Evaluation>(`pipnet/eval_batch_${size}`);
    expect(compactness(presence, lowered(batches)).global).toBe(want['num non-zero prototypes']);
    if (size === 12) expect(localSizes(presence, lowered(1))).toEqual(await goldenInts('pipnet/local_size'));
    const predicted = labels.map((_, n) =>
      [0, 1, 2].reduce((a, k) => (at(scores, n, k) > at(scores, n, a) ? k : a), 0),
    );
    const table = [0, 1, 2].map((own) =>
      [0, 1, 2].map((k) => labels.filter((label, n) => label === own && predicted[n] === k).length),
    );
    expect(table).toEqual(want.confusion_matrix);
    const counts = predicted.map((k, n) => {
      const own = { data: lowered(1 + Math.floor(n / size)).data.slice(12 * k, 12 * k + 12), shape: [1, 12] };
      return localSizes(taken(presence, [n]), own)[0]!;
    });
    expect(counts.reduce((a, b) => a + b, 0) / 12).toBeCloseTo(want.almost_sim_nonzeros, 12);
    const present = presence.data.filter((value) => value > 1e-3).length / 12;
    expect(present).toBeCloseTo(want.almost_nonzeros, 12);
  });

  it('are those of the scores from which a class is as usual', async () => {
    const scores = await goldenArray('pipnet/scores_train');
    const labels = await goldenInts('data/y');
    const predicted = labels.map((_, n) =>
      [0, 1, 2].reduce((a, k) => (at(scores, n, k) > at(scores, n, a) ? k : a), 0),
    );
    const right = [...labels.keys()].filter((n) => predicted[n] === labels[n]);
    const want = await goldenValue<Record<string, number> & { class_: number[]; correct_class: number[] }>(
      'pipnet/ood_thresholds',
    );
    const [all, correct] = [abstentionThresholds(scores), abstentionThresholds(taken(scores, right))];
    expect(all.overall).toBeCloseTo(want.overall!, 5);
    expect(correct.overall).toBeCloseTo(want.overall_correct!, 5);
    // The published code lowers those of the classes by 0.1 % until 95 % of the images reach them: 15 times.
    for (const k of [0, 1, 2]) {
      expect(correct.byClass[k]).toBeCloseTo(want.correct_class[k]!, 5);
      expect(all.byClass[k]! * 0.999 ** 15).toBeCloseTo(want.class_[k]!, 4);
    }
  });

  it.each([
    ['topk', 32],
    ['threshold', 32],
    ['topk_patch12', 12],
    ['threshold_patch12', 12],
  ])('are those of the patches that purity looks at: %s', async (name, side) => {
    const presence = await goldenArray('pipnet/pooled');
    const weights = await goldenArray('pipnet/classification_weight');
    const places = await goldenInts('pipnet/location');
    const used = [...Array(12).keys()].filter((p) => [0, 1, 2].some((k) => at(weights, k, p) > 1e-5));
    const images = [...Array(12).keys()];
    const rowOf = (p: number, n: number) => {
      const [row, column] = places.slice(2 * (12 * n + p)) as [number, number];
      const [x, y, width, height] = partBox({ row, column, rows: 8, columns: 8 }, 48, 48, side);
      return [p, n, y, y + height, x, x + width];
    };
    const topk = used.flatMap((p) =>
      images
        .toSorted((a, b) => at(presence, b, p) - at(presence, a, p))
        .slice(0, 4)
        .map((n) => rowOf(p, n)),
    );
    const above = images.flatMap((n) => used.filter((p) => at(presence, n, p) > 0.5).map((p) => rowOf(p, n)));
    const made = name.startsWith('topk') ? topk : above;
    expect(made.flat()).toEqual(await goldenInts(`metrics/purity_${name}_patches`));
  });

  it('are those of the distance of all pairs of prototypes', async () => {
    const { prototype_pair_distance: want } =
      await goldenValue<Record<string, number>>('protopnet/loss_terms');
    expect(pairDistance(await goldenArray('protopnet/prototypes'))).toBeCloseTo(want!, 5);
  });
});
