import { normalsOf } from '../../base/normals.js';
import { flag, integer, number } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { seededRandom } from '../../base/random.js';
import { faintNote, isFaint } from '../../tensor/faint.js';
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
  async score(scored, { samples, noise, scale, quantity }) {
    const fill = normalsOf(seededRandom(scored.seed).fork('changes'), noise);
    const change = new Float32Array(scored.map.data.length);
    const found = await infidelityOf(scored, samples, () => fill(change), scale, quantity);
    const note = faintNote(`the change's standard deviation of ${noise}`, 'noise');
    return isFaint(noise, pixelsOf(scored).values) ? { ...found, note } : found;
  },
});

/**
 * Infidelity for `count` changes, asked for in order: each holds one number per pixel, subtracted from all
 * its channels.
 */
export async function infidelityOf(
  scored: Scored,
  count: number,
  changeOf: (index: number) => Float32Array,
  scale: boolean,
  quantity: Quantity,
): Promise<Score> {
  const pixels = pixelsOf(scored);
  const { data } = scored.map;
  const told: number[] = [];
  const fill = (index: number, into: Float32Array) => {
    if (index === 0) return into.set(pixels.values);
    const change = changeOf(index - 1);
    let sum = 0;
    for (let p = 0; p < change.length; p++) sum += change[p]! * data[p]!;
    told.push(sum);
    for (let from = 0; from < into.length; from += change.length)
      for (let p = 0; p < change.length; p++) into[from + p] = pixels.values[from + p]! - change[p]!;
  };
  const [whole, ...parts] = await evaluateVariants(scored, pixels.shape, count + 1, fill, quantity);
  const drops = parts.map((value) => whole! - value);
  const factor = scale ? dot(told, drops) / dot(told, told) : 1;
  const errors = told.map((each, i) => factor * each - drops[i]!);
  const value = dot(errors, errors) / errors.length;
  return Number.isNaN(value) ? undefinedScore('the map tells of no change') : { value };
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, v, i) => sum + v * b[i]!, 0);
