import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../base/random.js';
import { quietly } from '../base/run.js';
import { openEngine } from '../engine/index.js';
import { classifierOf } from '../model/load.js';
import { predict } from '../model/predict.js';
import { concatenate, sizeOf, type Tensor } from '../tensor/tensor.js';
import { tinyModel } from '../testing/tiny-model.js';
import { memoriesFor, type Remembered, remembering } from './remembered.js';

const engine = openEngine('cpu');
afterAll(() => engine.dispose());

describe('a memory of outputs', async () => {
  const model = await classifierOf(tinyModel(), 'tiny', { engine, normalisation: 'zero-one' });
  const random = seededRandom('remembered');
  const shape = [1, ...model.input.shape];
  const drawn = (): Tensor => ({ data: new Float32Array(sizeOf(shape)).map(() => random.uniform()), shape });
  const zero = { data: new Float32Array(sizeOf(shape)), shape };

  it('gives what the model gives, and asks once for an image', async () => {
    const [image, other] = [drawn(), drawn()];
    const [known] = memoriesFor(1, 64, 3) as [Remembered];
    const ask = remembering(model, known, quietly);
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
    expect(known.outputs.size).toBe(4);
    for (const key of known.outputs.keys()) known.outputs.set(key, [7, 8, 9]);
    expect((await ask(concatenate([other, zero]))).data).toEqual(Float32Array.of(7, 8, 9, 7, 8, 9));
  });

  it('forgets what was asked for longest ago', async () => {
    const known: Remembered = { outputs: new Map(), most: 2 };
    const ask = remembering(model, known, quietly);
    const [a, b, c] = [drawn(), drawn(), drawn()];
    await ask(concatenate([a, b]));
    const [first, second] = [...known.outputs.keys()];
    await ask(a);
    await ask(c);
    expect([...known.outputs.keys()].slice(0, 1)).toEqual([first]);
    expect(known.outputs.has(second!)).toBe(false);
  });

  it('tells images apart that differ in one value', async () => {
    const [known] = memoriesFor(1, 64, 3) as [Remembered];
    const ask = remembering(model, known, quietly);
    for (let p = 0; p < 64; p++) {
      const data = zero.data.slice();
      data[p % data.length] = p < 32 ? 1 : -1;
      await ask({ data, shape });
    }
    expect(known.outputs.size).toBe(64);
  });

  it('shares a bounded memory among all samples', () => {
    const bytes = (samples: number, classes: number) =>
      samples * memoriesFor(samples, 64, classes)[0]!.most * (160 + 8 * classes);
    expect(bytes(24, 2)).toBeLessThanOrEqual(2 ** 28);
    expect(bytes(10_000, 1000)).toBeLessThanOrEqual(2 ** 28);
    expect(memoriesFor(10_000, 64, 2)[0]!.most).toBeGreaterThan(130);
    expect(memoriesFor(100, 3 * 224 * 224, 2)[0]!.blurs).toEqual(new Map());
    expect(memoriesFor(1000, 3 * 224 * 224, 2)[0]!.blurs).toBeUndefined();
  });
});
