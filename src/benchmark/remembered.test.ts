import { afterAll, expect, it } from 'vitest';
import { seededRandom } from '../base/random.js';
import { quietly } from '../base/run.js';
import { openEngine } from '../engine/index.js';
import { classifierOf } from '../model/load.js';
import { predict } from '../model/predict.js';
import { concatenate, sizeOf, type Tensor } from '../tensor/tensor.js';
import { tinyModel } from '../testing/tiny-model.js';
import { type Remembered, remembering } from './remembered.js';

const engine = openEngine('cpu');
afterAll(() => engine.dispose());

it('asks the model once for the image and for images of one value', async () => {
  const model = await classifierOf(tinyModel(), 'tiny', { engine, normalisation: 'zero-one' });
  const random = seededRandom('remembered');
  const shape = [1, ...model.input.shape];
  const drawn = (): Tensor => ({ data: new Float32Array(sizeOf(shape)).map(() => random.uniform()), shape });
  const [image, other, zero] = [drawn(), drawn(), { data: new Float32Array(sizeOf(shape)), shape }];
  const known: Remembered = new Map();
  const ask = remembering(model, image, known, quietly);
  for (const batch of [
    [image, other],
    [zero, other, image],
    [image, zero],
    [other, zero, drawn()],
  ]) {
    const given = concatenate(batch);
    const [found, expected] = [await ask(given), await predict(model, given, quietly)];
    expect(found.shape).toEqual(expected.shape);
    for (const [i, value] of expected.data.entries()) expect(found.data[i]).toBeCloseTo(value, 5);
  }
  expect([...known.keys()]).toEqual(['image', '0']);
  known.set('0', { data: Float32Array.of(7, 8, 9), shape: [1, 3] });
  expect((await ask(concatenate([other, zero]))).data.slice(3)).toEqual(Float32Array.of(7, 8, 9));
});
