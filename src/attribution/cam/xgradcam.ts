import { cite } from '../../base/paper.js';
import { camMethod, channels } from './cam.js';
import { asGradcam } from './equal.js';

export const xgradcam = camMethod({
  name: 'xgradcam',
  doc: "Grad-CAM with each channel's gradients averaged in proportion to its activations.",
  paper: cite`Fu, Hu, Dong, Guo, Gao, Li (2020). Axiom-based Grad-CAM: towards accurate visualization and explanation of CNNs. arXiv:2008.02312`,
  weigh({ reduce, mul, div, add }, { activations, gradients, positions }) {
    const total = add(reduce('ReduceSum', activations, positions), 1e-7);
    const weight = div(reduce('ReduceSum', mul(gradients, activations), positions), total);
    return reduce('ReduceSum', mul(weight, activations), channels);
  },
  equals: asGradcam,
});
