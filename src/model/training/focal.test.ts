import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { startGraph } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import type { Loss } from '../recipe.js';
import { focalSigmoid, focalSoftmax } from './focal.js';
import { sigmoidCrossEntropy, softmaxCrossEntropy } from './loss.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const [samples, classes] = [4, 3];
const random = seededRandom('focal');
const z = Array.from({ length: samples * classes }, () => 2 * random.normal());
const at = (values: readonly number[], n: number) => values.slice(n * classes, (n + 1) * classes);

async function lossOf(loss: Loss, t: readonly number[], w: readonly number[], logits = z) {
  const builder = startGraph('focal');
  const made = loss.emit(builder, { logits: 'z', targets: 't', weights: 'w', begun: '', classes });
  const width = w.length / samples;
  const input = (name: string, columns: number) => ({
    ...{ name, type: 'float32' as const, shape: [samples, columns] },
  });
  const graph = builder.finish(
    [input('z', classes), input('t', classes), input('w', width)],
    [made.loss, made.seeds.z!].map((name) => ({ name, type: 'float32' as const })),
  );
  const program = await engine.compile(graph);
  const found = await program.run({
    z: float32(Float32Array.from(logits), [samples, classes]),
    t: float32(Float32Array.from(t), [samples, classes]),
    w: float32(Float32Array.from(w), [samples, width]),
  });
  await program.dispose();
  const values = (name: string) => Array.from(found[name]!.data as Float32Array);
  return { loss: values(made.loss)[0]!, slopes: values(made.seeds.z!) };
}

const soft = [0.9, 0.05, 0.05, 0.05, 0.9, 0.05, 0, 0, 1, 1, 0, 0];
const several = [1, 1, 0, 0.1, 0.9, 0, 0, 0, 0, 1, 1, 1];
const bySample = [0.1, 0.2, 0.3, 0.4];
const byElement = Array.from({ length: samples * classes }, (_, i) => 0.05 * (i + 1));

const literal = {
  softmax: (gamma: number) => (logits: readonly number[]) => {
    let sum = 0;
    for (let n = 0; n < samples; n++) {
      const powers = at(logits, n).map(Math.exp);
      const p = powers.map((v) => v / powers.reduce((a, b) => a + b));
      for (let k = 0; k < classes; k++)
        sum -= bySample[n]! * at(soft, n)[k]! * (1 - p[k]!) ** gamma * Math.log(p[k]!);
    }
    return sum;
  },
  sigmoid: (gamma: number) => (logits: readonly number[]) =>
    logits.reduce((sum, v, i) => {
      const [p, t] = [1 / (1 + Math.exp(-v)), several[i]!];
      const loss = t * (1 - p) ** gamma * Math.log(p) + (1 - t) * p ** gamma * Math.log(1 - p);
      return sum - byElement[i]! * loss;
    }, 0),
};

describe('the focal loss', () => {
  for (const gamma of [0.5, 1, 2]) {
    for (const [kind, loss, targets, weights] of [
      ['softmax', focalSoftmax(gamma), soft, bySample],
      ['sigmoid', focalSigmoid(gamma), several, byElement],
    ] as const) {
      it(`is its definition, and its slopes the differences: ${kind}, exponent ${gamma}`, async () => {
        const exact = literal[kind](gamma);
        const found = await lossOf(loss, targets, weights);
        expect(found.loss).toBeCloseTo(exact(z), 5);
        for (const [i, slope] of found.slopes.entries()) {
          const moved = (by: number) => exact(z.map((v, j) => (j === i ? v + by : v)));
          expect(slope).toBeCloseTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 5);
        }
      });
    }
  }

  it('is the cross-entropy with exponent 0', async () => {
    for (const [focal, plain, targets, weights] of [
      [focalSoftmax(0), softmaxCrossEntropy, soft, bySample],
      [focalSigmoid(0), sigmoidCrossEntropy, several, byElement],
    ] as const) {
      const [a, b] = [await lossOf(focal, targets, weights), await lossOf(plain, targets, weights)];
      expect(a.loss).toBeCloseTo(b.loss, 6);
      for (const [i, slope] of a.slopes.entries()) expect(slope).toBeCloseTo(b.slopes[i]!, 6);
    }
  });

  it('stays finite for logits of a thousand', async () => {
    const huge = z.map((v) => 1000 * Math.sign(v));
    for (const [loss, targets, weights] of [
      [focalSoftmax(0.5), soft, bySample],
      [focalSigmoid(0.5), several, byElement],
    ] as const) {
      const found = await lossOf(loss, targets, weights, huge);
      expect([found.loss, ...found.slopes].every(Number.isFinite)).toBe(true);
    }
  });
});
