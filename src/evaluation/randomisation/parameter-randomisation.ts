import { choice, integer, number, optional } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { seededRandom } from '../../base/random.js';
import { checkpoint } from '../../base/run.js';
import type { Tensor } from '../../tensor/tensor.js';
import { metric, type Score, type Scored, undefinedScore } from '../metric/metric.js';
import { readSign } from '../metric/reading.js';
import { signOption } from '../metric/shared.js';
import { byMagnitude, similarityOf, similarityOption } from '../metric/similarity.js';
import { type Change, changesOf, orders, weightsOption } from './changes.js';
import { explainAgain, randomisation } from './shared.js';

export const parameterRandomisation = metric({
  ...randomisation,
  name: 'parameter-randomisation',
  doc: "The similarity of the map with those of the model with random weights, averaged over the model's layers: a map that depends on what was learned should differ. With samples above 1, maps are means over noisy inputs (the smooth variant).",
  paper: cite`Adebayo, Gilmer, Muelly, Goodfellow, Hardt, Kim (2018). Sanity checks for saliency maps. arXiv:1810.03292`,
  options: {
    sign: signOption('absolute'),
    similarity: similarityOption('spearman'),
    order: choice(orders, {
      doc: 'cascading: from the output to the input, earlier layers stay random; independent: one layer at a time; bottom-up: from the input',
      default: 'cascading',
    }),
    weights: weightsOption,
    layers: optional(
      integer({ doc: 'number of steps, evenly spaced over the layers (every layer)', default: 1, min: 1 }),
    ),
    samples: integer({ doc: 'number of noisy inputs whose maps are averaged', default: 1, min: 1 }),
    noise: number({ doc: 'standard deviation of the noise', default: 0.1, min: 0 }),
  },
  ties: 'by the similarity: tied pixels share their mean rank',
  needs: ['network', 'explain'],
  invariantTo: ['scale'],
  async score(scored, { similarity, order, weights, layers, ...how }) {
    const changes = changesOf(scored.model!, { order, weights, layers, seed: scored.seed });
    return randomisedSimilarity(scored, changes, similarity, how);
  },
});

interface Smoothing {
  readonly sign: 'signed' | 'positive' | 'absolute';
  readonly samples: number;
  readonly noise: number;
}

/** The mean similarity over changed models, and the curve over them. */
export async function randomisedSimilarity(
  scored: Scored,
  changes: readonly Change[],
  similarity: Parameters<typeof similarityOf>[2],
  smoothing: Smoothing,
): Promise<Score> {
  const original =
    smoothing.samples === 1
      ? byMagnitude(readSign(scored.map, smoothing.sign))
      : await smoothMap(scored, smoothing);
  const y: number[] = [];
  for (const change of changes) {
    await checkpoint(scored.run);
    y.push(similarityOf(original, await smoothMap(scored, smoothing, change), similarity));
  }
  const defined = y.filter((value) => !Number.isNaN(value));
  if (defined.length === 0) return undefinedScore('every map of a model with random weights is flat');
  const value = defined.reduce((a, b) => a + b, 0) / defined.length;
  return { value, curve: { x: y.map((_, i) => (i + 1) / y.length), y } };
}

/** The mean of the maps of `samples` noisy inputs; of one, the map of the input itself. */
async function smoothMap(
  scored: Scored,
  { sign, samples, noise }: Smoothing,
  change?: Change,
): Promise<Tensor> {
  if (samples === 1) return explainAgain(scored, sign, { change });
  const random = seededRandom(scored.seed).fork('noise');
  const { data, shape } = scored.input!;
  const sum = new Float32Array(scored.map.data.length);
  for (let i = 0; i < samples; i++) {
    const input = { data: data.map((value) => value + noise * random.normal()), shape };
    const map = await explainAgain(scored, sign, { input, change });
    for (const [p, value] of map.data.entries()) sum[p]! += value / samples;
  }
  return { data: sum, shape: scored.map.shape };
}
