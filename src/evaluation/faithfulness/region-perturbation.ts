import { cite } from '../../base/paper.js';
import { metric } from '../metric/metric.js';
import { signOption, undefinedFor } from '../metric/shared.js';
import { patchOptions, patchSteps } from './patches.js';
import { baselineOption, sigmaOption } from './pixels.js';
import { quantityOption } from './quantity.js';
import { replace } from './removal.js';

export const regionPerturbation = metric({
  name: 'region-perturbation',
  category: 'faithfulness',
  doc: "How far the target's probability has dropped, on average over steps, while the most relevant patches are removed.",
  paper: cite`Samek, Binder, Montavon, Lapuschkin, Müller (2017). Evaluating the visualization of what a deep neural network has learned. doi:10.1109/TNNLS.2016.2599820`,
  options: {
    sign: signOption('signed'),
    ...patchOptions,
    baseline: baselineOption('zero'),
    sigma: sigmaOption,
    quantity: quantityOption('probability'),
  },
  direction: 'higher',
  range: [-1, 1],
  reads: 'signed',
  ties: 'tied patches come in a random order under the seed',
  undefinedFor: { ...undefinedFor, emptyMask: 'masks are not read' },
  needs: ['model'],
  invariantTo: ['scale'],
  async score(scored, { patch, regions, order, ...how }) {
    const curve = await replace(
      scored,
      'delete',
      patchSteps(scored.map, scored.seed, { patch, regions, order }),
      how,
    );
    const y = curve.y.map((value) => curve.y[0]! - value);
    return { value: y.reduce((sum, drop) => sum + drop, 0) / y.length, curve: { x: curve.x, y } };
  },
});
