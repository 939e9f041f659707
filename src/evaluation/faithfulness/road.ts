import { choice, number } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { seededRandom } from '../../base/random.js';
import { descendingOrder } from '../../tensor/rank.js';
import { metric, type Scored } from '../metric/metric.js';
import { faithfulness, signOption } from '../metric/shared.js';
import { evaluateVariants } from './evaluate.js';
import { inpaint } from './inpaint.js';
import { pixelsOf } from './pixels.js';
import { type Quantity, quantityOption } from './quantity.js';
import { area, type Curve } from './removal.js';

const parts = [0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9];

export const road = metric({
  ...faithfulness,
  name: 'road',
  doc: "Half the mean difference of the target's probability between imputing the least relevant and the most relevant pixels.",
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
    if (order !== 'both') {
      const curve = await imputedCurve(scored, order === 'morf' ? most : most.toReversed(), noise, quantity);
      return { value: area(curve) / parts.at(-1)!, curve };
    }
    const morf = await imputedCurve(scored, most, noise, quantity);
    const lerf = await imputedCurve(scored, most.toReversed(), noise, quantity);
    const y = lerf.y.map((value, i) => (value - morf.y[i]!) / 2);
    return { value: area({ x: morf.x, y }) / parts.at(-1)!, curve: { x: morf.x, y } };
  },
});

/** The target's quantity while growing parts of `order` are imputed from the remaining pixels. */
async function imputedCurve(
  scored: Scored,
  order: Uint32Array,
  noise: number,
  quantity: Quantity,
): Promise<Curve> {
  const pixels = pixelsOf(scored);
  const random = seededRandom(scored.seed).fork('noise');
  const fill = (step: number, into: Float32Array) => {
    const removed = new Uint8Array(order.length);
    for (const p of order.subarray(0, Math.floor(parts[step]! * order.length))) removed[p] = 1;
    inpaint(pixels, removed, into);
    if (noise === 0) return;
    for (let c = 0; c < pixels.channels; c++)
      for (let p = 0; p < removed.length; p++)
        if (removed[p] === 1) into[pixels.at(p, c)]! += noise * random.normal();
  };
  const y = await evaluateVariants(scored, pixels.shape, parts.length, fill, quantity);
  return { x: parts, y };
}
