import { cite } from '../../base/paper.js';
import { metric } from '../metric/metric.js';
import { faithfulness, signOption } from '../metric/shared.js';
import { patchOptions, patchSteps } from './patches.js';
import { area, comparisonOf, curveOptions, replace } from './removal.js';

const { patch } = patchOptions;

export const selectivity = metric({
  ...faithfulness,
  name: 'selectivity',
  doc: "The area under the target's probability while patches are removed, most relevant first, until none is left.",
  paper: cite`Montavon, Samek, Müller (2018). Methods for interpreting and understanding deep neural networks. doi:10.1016/j.dsp.2017.10.011`,
  options: {
    sign: signOption('signed'),
    patch,
    ...curveOptions('zero', 'probability'),
  },
  direction: 'lower',
  range: [0, 1],
  ties: 'tied patches come in a random order under the seed',
  invariantTo: ['scale'],
  async score(scored, { patch, ...how }) {
    const steps = patchSteps(scored.map, scored.seed, { patch, regions: Infinity, order: 'morf' });
    const { curve, ends, saturation } = await replace(scored, 'delete', steps, how);
    return { value: area(curve), curve, ...comparisonOf(ends, how.quantity, scored.model, saturation) };
  },
});
