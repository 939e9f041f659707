import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { quietly } from '../../base/run.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { inForm } from '../../model/forms/index.js';
import { loadClassifier } from '../../model/load.js';
import { readNpy } from '../../tensor/npy.js';
import { readNpz } from '../../tensor/npz.js';
import { type Tensor, toFloat32 } from '../../tensor/tensor.js';
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
  ] as const)('%s by estimator %s is the reference map', async (method, estimator: Estimator) => {
    const [x, data, theirs] = await Promise.all(
      ['x.npy', 'x_train.npy', `${method}_${estimator}.npy`].map((file) => array(name, file)),
    );
    const { map } = await attribute(await model!, method, x!, stored[name].targets, {
      data: data!,
      estimator,
    });
    expect(relative(map.data, (theirs as Tensor).data)).toBeLessThan(1e-5);
  });
});

function relative(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  let [off, size] = [0, 0];
  for (let i = 0; i < theirs.length; i++) {
    off += (ours[i]! - theirs[i]!) ** 2;
    size += theirs[i]! ** 2;
  }
  return Math.sqrt(off / size);
}
