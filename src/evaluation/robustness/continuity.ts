import { integer } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { identity, warp } from '../../model/training/augment/affine.js';
import { distance } from '../../tensor/norm.js';
import { metric, undefinedScore } from '../metric/metric.js';
import { explainInputs, inputOf, robustness } from './neighbours.js';

export const continuity = metric({
  ...robustness,
  name: 'continuity',
  doc: "The maximum, over shifts of the image by one pixel after another, of the map's change (sum of magnitudes) over the image's change (Euclidean).",
  paper: cite`Montavon, Samek, Müller (2018). Methods for interpreting and understanding deep neural networks. doi:10.1016/j.dsp.2017.10.011`,
  options: { steps: integer({ doc: 'number of shifts', default: 8, min: 1 }) },
  async score(scored, { steps }) {
    const { data, shape } = inputOf(scored);
    const image = { data, shape: shape.slice(1) };
    const [a, b, , d, e, f] = identity;
    const shifted = Array.from({ length: steps }, (_, i) => ({
      data: warp(image, [a, b, i + 1, d, e, f]).data,
      shape,
    }));
    const { own, others } = await explainInputs(scored, shifted);
    const path = [{ input: inputOf(scored), map: own }, ...others];
    const ratios = others.flatMap((one, i) => {
      const moved = distance(one.input, path[i]!.input);
      const change = one.map.data.reduce((sum, v, p) => sum + Math.abs(v - path[i]!.map.data[p]!), 0);
      return moved === 0 ? [] : [change / moved];
    });
    return ratios.length === 0
      ? undefinedScore('the image is the same after each shift')
      : { value: Math.max(...ratios) };
  },
});
