import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import type { Classifier } from '../../model/classifier.js';
import { classifierOf } from '../../model/load.js';
import { predict } from '../../model/predict.js';
import { softmaxRows } from '../../model/probability.js';
import { tensor } from '../../tensor/tensor.js';
import { tinyModel } from '../../testing/tiny-model.js';
import { attribute } from '../attribute.js';

/** Definitions read literally, one coalition at a time; only what is drawn is the library's. */
const engine = onnxRuntime();
let model: Classifier;
beforeAll(async () => {
  model = await classifierOf(tinyModel(), 'tiny', { engine });
});
afterAll(() => engine.dispose());

const [players, target, seed, baseline] = [6, 1, 3, 0.25];
const random = seededRandom('surrogates');
const image = Float32Array.from({ length: 64 }, () => 2 * random.normal());
/** Parts of unlike sizes: the rows of the image, some of them together. */
const partOf = (pixel: number) => [0, 1, 1, 2, 3, 3, 4, 5][Math.floor(pixel / 8)]!;
const segments = tensor(
  Float32Array.from(image, (_, pixel) => partOf(pixel)),
  [8, 8],
);
const input = tensor(image, [1, 1, 8, 8]);

type Quantity = 'logit' | 'probability';
const ask = async (presence: readonly number[], quantity: Quantity) => {
  const shown = image.map((value, pixel) => (presence[partOf(pixel)] === 1 ? value : baseline));
  const raw = await predict(model, tensor(shown, [1, 1, 8, 8]));
  return (quantity === 'logit' ? raw : softmaxRows(raw)).data[target]!;
};

/** Solves the normal equations of weighted least squares, with an intercept that has no penalty. */
function leastSquares(
  rows: readonly (readonly number[])[],
  y: readonly number[],
  weights: readonly number[],
  penalty: number,
): number[] {
  const x = rows.map((row) => [...row, 1]);
  const size = players + 1;
  const a = Array.from({ length: size }, (_, i) =>
    Array.from({ length: size + 1 }, (_, j) =>
      x.reduce((sum, row, n) => sum + weights[n]! * row[i]! * (j === size ? y[n]! : row[j]!), 0),
    ),
  );
  for (let i = 0; i < players; i++) a[i]![i]! += penalty;
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < size; k++) {
      if (k === i) continue;
      const factor = a[k]![i]! / a[i]![i]!;
      for (let j = i; j <= size; j++) a[k]![j]! -= factor * a[i]![j]!;
    }
  }
  return a.slice(0, players).map((row, i) => row[size]! / row[i]!);
}

async function expectParts(method: string, options: object, want: readonly number[]) {
  const given = { segments, baseline, ...options };
  const { map } = await attribute(model, method, input, [target], given, { seed });
  const error = Math.max(...map.data.map((value, pixel) => Math.abs(value - want[partOf(pixel)]!)));
  expect(error / Math.max(...want.map(Math.abs))).toBeLessThan(1e-4);
}

describe('LIME', () => {
  it.each<[Quantity, string, number, number]>([
    ['logit', 'ridge', 1, 0.25],
    ['probability', 'ridge', 0.1, 0.7],
    ['logit', 'ols', 0, 0.4],
  ])('of the %s by %s is a regression near the sample', async (quantity, regression, alpha, width) => {
    const samples = 40;
    const coalitions = Array.from({ length: samples }, (_, unit) => {
      const draw = seededRandom(`${seed}/lime/${unit}`);
      return Array.from({ length: players }, () => (unit === 0 || draw.uniform() < 0.5 ? 1 : 0) as number);
    });
    const answers: number[] = [];
    for (const coalition of coalitions) answers.push(await ask(coalition, quantity));
    const weights = coalitions.map((coalition) => {
      const there = coalition.reduce((sum, one) => sum + one, 0);
      const cosine = there === 0 ? 0 : there / Math.sqrt(there * players);
      return Math.exp(-((1 - cosine) ** 2) / (2 * width ** 2));
    });
    const want = leastSquares(coalitions, answers, weights, alpha);
    await expectParts('lime', { samples, quantity, regression, width, alpha }, want);
  });
});

describe('KernelSHAP', () => {
  it.each<Quantity>(['logit', 'probability'])(
    'of the %s over all coalitions is the mean over orders',
    async (quantity) => {
      const values: number[] = [];
      for (let bits = 0; bits < 2 ** players; bits++)
        values.push(
          await ask(
            Array.from({ length: players }, (_, i) => (bits >> i) & 1),
            quantity,
          ),
        );
      const want = new Array<number>(players).fill(0);
      let orders = 0;
      const follow = (before: number, gains: readonly (readonly [number, number])[]) => {
        if (gains.length === players) {
          orders++;
          for (const [i, gain] of gains) want[i]! += gain;
        }
        for (let i = 0; i < players; i++) {
          const after = before | (1 << i);
          if (after !== before) follow(after, [...gains, [i, values[after]! - values[before]!]]);
        }
      };
      follow(0, []);
      await expectParts(
        'kernel-shap',
        { quantity },
        want.map((sum) => sum / orders),
      );
    },
  );

  it('of given coalitions is least squares that the whole and nothing fix', async () => {
    const drawn = Array.from({ length: 20 }, () => Array.from({ length: players }, () => random.below(2)));
    const coalitions = [...drawn, Array<number>(players).fill(1), Array<number>(players).fill(0)];
    const answers: number[] = [];
    for (const coalition of coalitions) answers.push(await ask(coalition, 'logit'));
    const weights = coalitions.map((coalition) => (new Set(coalition).size === 1 ? 1e6 : 1));
    const samples = tensor(Float32Array.from(coalitions.flat()), [coalitions.length, players]);
    await expectParts('kernel-shap', { samples }, leastSquares(coalitions, answers, weights, 0));
  });
});
