import { normalsOf } from '../../base/normals.js';
import { choice, number } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { seededRandom } from '../../base/random.js';
import type { Classifier } from '../../model/classifier.js';
import { descendingOrder } from '../../tensor/rank.js';
import { metric, type Scored } from '../metric/metric.js';
import { faithfulness, signOption } from '../metric/shared.js';
import { evaluateVariants } from './evaluate.js';
import { inpainter } from './inpaint.js';
import { pixelsOf } from './pixels.js';
import { type Quantity, quantityOption } from './quantity.js';
import { area } from './removal.js';

/** The error that filling in leaves, as a share of the noise (both root mean squares). */
const OF_NOISE = 0.3;

const parts = [0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9];

export const road = metric({
  ...faithfulness,
  name: 'road',
  doc: "Half the mean difference of the target's probability between imputing the least relevant and the most relevant 0, 5, 10, 20, 30, 50, 70 and 90 % of the pixels: the area between the curves over 0.9.",
  paper: cite`Rong, Leemann, Borisov, Kasneci, Kasneci (2022). A consistent and efficient evaluation strategy for attribution methods. arXiv:2202.00449`,
  options: {
    sign: signOption('signed'),
    order: choice(['both', 'morf', 'lerf'], {
      doc: 'both: half the difference of the areas; morf: the area with the most relevant pixels first; lerf: with the least relevant first',
      default: 'both',
    }),
    noise: number({ doc: 'standard deviation of noise on the imputed pixels', default: 0.01, min: 0 }),
    quantity: quantityOption('probability'),
  },
  direction: 'higher',
  range: [-0.5, 0.5],
  ties: 'tied pixels come in a random order under the seed',
  invariantTo: ['scale', 'shift', 'monotone'],
  async score(scored, { order, noise, quantity }) {
    const most = descendingOrder(scored.map.data, seededRandom(scored.seed).fork('ties'));
    const orders = { morf: [most], lerf: [most.toReversed()], both: [most, most.toReversed()] }[order];
    const curves = await imputedCurves(scored, orders, noise, quantity);
    const y = order === 'both' ? curves[1]!.map((value, i) => (value - curves[0]![i]!) / 2) : curves[0]!;
    const curve = { x: parts, y };
    return { value: area(curve) / parts.at(-1)!, curve };
  },
});

/** The last noise of a model's images: that of a seed is the same for all of them. */
const drawn = new WeakMap<Classifier, { readonly key: string; readonly noise: Float32Array }>();

function noiseOf({ seed, model }: Scored, deviation: number, count: number): Float32Array {
  const key = `${seed} ${deviation} ${count}`;
  const known = model && drawn.get(model);
  if (known?.key === key) return known.noise;
  const noise = normalsOf(seededRandom(seed).fork('noise'), deviation)(new Float32Array(count));
  if (model) drawn.set(model, { key, noise });
  return noise;
}

/** The target's quantity while growing parts of each order are imputed from the remaining pixels. */
async function imputedCurves(
  scored: Scored,
  orders: readonly Uint32Array[],
  noise: number,
  quantity: Quantity,
): Promise<number[][]> {
  const pixels = pixelsOf(scored);
  const noisy = () => ({ tolerance: noise * OF_NOISE, noise: noiseOf(scored, noise, pixels.values.length) });
  const inpaint = inpainter(pixels, scored.model, noise > 0 ? noisy() : {});
  const counts = parts.map((part) => Math.floor(part * scored.map.data.length));
  const removed = new Uint8Array(scored.map.data.length);
  const fillStep = (order: Uint32Array, step: number, into: Float32Array) => {
    if (step === 0) removed.fill(0);
    for (let i = counts[step - 1] ?? 0; i < counts[step]!; i++) removed[order[i]!] = 1;
    inpaint(removed, into);
  };
  const fill = (index: number, into: Float32Array) =>
    fillStep(orders[Math.floor(index / parts.length)]!, index % parts.length, into);
  const y = await evaluateVariants(scored, pixels.shape, parts.length * orders.length, fill, quantity);
  return orders.map((_, i) => y.slice(i * parts.length, (i + 1) * parts.length));
}
