import { cite } from '../../base/paper.js';
import { camMethod, overPositions, weighted } from './cam.js';

export const xgradcam = camMethod({
  name: 'xgradcam',
  doc: "Grad-CAM with each channel's gradients averaged in proportion to its activations.",
  paper: cite`Fu, Hu, Dong, Guo, Gao, Li (2020). Axiom-based Grad-CAM: towards accurate visualization and explanation of CNNs. arXiv:2008.02312`,
  weigh(layer) {
    return weighted(layer, (c) => {
      const total = overPositions(layer, c, (i) => layer.activations[i]!) + 1e-7;
      return overPositions(layer, c, (i) => (layer.gradients[i]! * layer.activations[i]!) / total);
    });
  },
});
