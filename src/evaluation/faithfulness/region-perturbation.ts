import { cite } from '../../base/paper.js';
import { metric } from '../metric/metric.js';
import { faithfulness, signOption } from '../metric/shared.js';
import { patchOptions, patchSteps } from './patches.js';
import { comparisonOf, curveOptions, replace } from './removal.js';

export const regionPerturbation = metric({
  ...faithfulness,
  name: 'region-perturbation',
  doc: "The drop of the target's probability, averaged over steps, while the most relevant patches are removed.",
  paper: cite`Samek, Binder, Montavon, Lapuschkin, Müller (2017). Evaluating the visualization of what a deep neural network has learned. doi:10.1109/TNNLS.2016.2599820`,
  options: {
    sign: signOption('signed'),
    ...patchOptions,
    ...curveOptions('zero', 'probability'),
  },
  direction: 'higher',
  range: [-1, 1],
  ties: 'tied patches come in a random order under the seed',
  invariantTo: ['scale'],
  async score(scored, { patch, regions, order, ...how }) {
    const steps = patchSteps(scored.map, scored.seed, { patch, regions, order });
    const { curve, ends, saturation } = await replace(scored, 'delete', steps, how);
    const y = curve.y.map((value) => curve.y[0]! - value);
    const value = y.reduce((sum, drop) => sum + drop, 0) / y.length;
    return { value, curve: { x: curve.x, y }, ...comparisonOf(ends, how.quantity, scored.model, saturation) };
  },
});
