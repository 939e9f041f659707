import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { quietly } from '../../base/run.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { inForm } from '../../model/forms/index.js';
import { loadClassifier } from '../../model/load.js';
import { readNpy } from '../../tensor/npy.js';
import { readNpz } from '../../tensor/npz.js';
import { type Tensor, toFloat32 } from '../../tensor/tensor.js';
import { relative } from '../../testing/relative.js';
import { sharedIsThere, sharedPath } from '../../testing/shared.js';
import { attribute } from '../attribute.js';
import { type Estimator, patternsOf } from './patterns.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const folder = (...path: string[]) => sharedPath('golden', 'truth', 'pattern', ...path);
const stored = sharedIsThere ? JSON.parse(readFileSync(folder('values.json'), 'utf8')).models : {};
const array = async (...path: string[]) => toFloat32(await readNpy(folder(...path)));

describe.skipIf(!sharedIsThere).each(['mlp', 'cnn'])('on the reference network %s', (name) => {
  const model = sharedIsThere ? loadClassifier(folder(name, 'model.onnx'), { engine }) : undefined;

  it.each(['plus', 'minus', 'linear'] as const)(
    'patterns by estimator %s are the reference',
    async (estimator) => {
      const theirs = Object.values(await readNpz(folder(name, `patterns_${estimator}.npz`)));
      const form = inForm(await model!, 'merged-before');
      const ours = await patternsOf(form, await array(name, 'x_train.npy'), estimator, quietly);
      const inOrder = [...ours.values()].toReversed();
      expect(inOrder).toHaveLength(theirs.length);
      for (const [i, { pattern, shape }] of inOrder.entries()) {
        expect(shape).toEqual(theirs[i]!.shape);
        expect(relative(pattern, toFloat32(theirs[i]!).data)).toBeLessThan(1e-5);
      }
    },
  );

  it.each([
    ['patternnet', 'plus'],
    ['patternattribution', 'plus'],
    ['patternnet', 'linear'],
    ['patternattribution', 'linear'],
    ['patternnet', 'plus-last-linear'],
    ['patternattribution', 'plus-last-linear'],
  ] as const)('%s by estimator %s is the reference map', async (method, estimator: Estimator) => {
    const [x, data, theirs] = await Promise.all(
      ['x.npy', 'x_train.npy', `${method}_${estimator.replaceAll('-', '_')}.npy`].map((file) =>
        array(name, file),
      ),
    );
    const { map } = await attribute(await model!, method, x!, stored[name].targets, {
      data: data!,
      estimator,
    });
    expect(relative(map.data, (theirs as Tensor).data)).toBeLessThan(1e-5);
    if (method !== 'patternattribution' || estimator !== 'plus') return;
    const size = map.data.length / x!.shape[0]!;
    const sums = stored[name].targets.map((_: number, n: number) =>
      map.data.subarray(n * size, (n + 1) * size).reduce((sum, value) => sum + value, 0),
    );
    expect(relative(sums, stored[name].sum_patternattribution_plus)).toBeLessThan(1e-5);
  });

  it('each live neuron has w a = 1, and two forms of peers are others', async () => {
    const form = inForm(await model!, 'merged-before');
    const ours = [
      ...(await patternsOf(form, await array(name, 'x_train.npy'), 'plus', quietly)).values(),
    ].toReversed();
    const dots = Object.values<{ w_dot_a_plus: number[] }>(stored[name].layer_statistics);
    for (const [layer, { pattern, weights }] of ours.entries()) {
      const channels = dots[layer]!.w_dot_a_plus.length;
      const sum = new Float64Array(channels);
      for (let i = 0; i < weights.length; i++)
        sum[Math.floor((i * channels) / weights.length)]! += pattern[i]! * weights[i]!;
      expect(relative(sum, dots[layer]!.w_dot_a_plus)).toBeLessThan(1e-5);
    }
    const rows = ['peer form | relative difference of all patterns | why it is not taken'];
    for (const [peer, why] of [
      ['plus_own_mean', 'E+[y] in place of E[y]: no covariance, though w a = 1 too'],
      [
        'plus_mask_without_bias',
        'active without the bias: other cases than those in which the neuron passes anything on',
      ],
    ] as const) {
      const theirs = Object.values(await readNpz(folder(name, `patterns_${peer}.npz`)));
      const [mine, others] = [
        ours.flatMap(({ pattern }) => [...pattern]),
        theirs.flatMap((one) => [...toFloat32(one).data]),
      ];
      const apart = relative(mine, others);
      expect(apart).toBeGreaterThan(1e-3);
      rows.push(`${peer} | ${apart.toFixed(3)} | ${why}`);
    }
    console.log(`${name}\n${rows.join('\n')}`);
  });
});
