import { flag, integer, number } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { seededRandom } from '../../base/random.js';
import { metric, type Score, type Scored, undefinedScore } from '../metric/metric.js';
import { faithfulness, signOption } from '../metric/shared.js';
import { evaluateVariants } from './evaluate.js';
import { pixelsOf } from './pixels.js';
import { type Quantity, quantityOption } from './quantity.js';

export const infidelity = metric({
  ...faithfulness,
  name: 'infidelity',
  doc: "The mean squared error of the map as a linear prediction of the output's change under random changes of the image.",
  paper: cite`Yeh, Hsieh, Suggala, Inouye, Ravikumar (2019). On the (in)fidelity and sensitivity of explanations. arXiv:1901.09392`,
  options: {
    sign: signOption('signed'),
    samples: integer({ doc: 'number of changes', default: 50, min: 2 }),
    noise: number({ doc: 'standard deviation of the change of each pixel', default: 0.1, min: 1e-9 }),
    scale: flag({ doc: 'first scale the map by the factor that minimises the error', default: true }),
    quantity: quantityOption('logit'),
  },
  direction: 'lower',
  range: [0, Infinity],
  ties: 'there are none: values are summed',
  invariantTo: ['scale'],
  score(scored, { samples, noise, scale, quantity }) {
    const random = seededRandom(scored.seed).fork('changes');
    const changes = Array.from({ length: samples }, () =>
      Float32Array.from({ length: scored.map.data.length }, () => noise * random.normal()),
    );
    return infidelityOf(scored, changes, scale, quantity);
  },
});

/** Infidelity for the given changes: each holds one number per pixel, subtracted from all its channels. */
export async function infidelityOf(
  scored: Scored,
  changes: readonly Float32Array[],
  scale: boolean,
  quantity: Quantity,
): Promise<Score> {
  const pixels = pixelsOf(scored);
  const fill = (index: number, into: Float32Array) => {
    into.set(pixels.values);
    if (index === 0) return;
    for (const [p, change] of changes[index - 1]!.entries()) {
      for (let c = 0; c < pixels.channels; c++) into[pixels.at(p, c)]! -= change;
    }
  };
  const [whole, ...parts] = await evaluateVariants(scored, pixels.shape, changes.length + 1, fill, quantity);
  const told = changes.map((change) => change.reduce((sum, v, p) => sum + v * scored.map.data[p]!, 0));
  const drops = parts.map((value) => whole! - value);
  const factor = scale ? dot(told, drops) / dot(told, told) : 1;
  const errors = told.map((each, i) => factor * each - drops[i]!);
  const value = dot(errors, errors) / errors.length;
  return Number.isNaN(value) ? undefinedScore('the map tells of no change') : { value };
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, v, i) => sum + v * b[i]!, 0);
