import { cite } from '../../base/paper.js';
import { camMethod, overChannels } from './cam.js';

export const gradcamElementwise = camMethod({
  name: 'gradcam-elementwise',
  doc: 'HiResCAM with negative products dropped before the sum over channels.',
  paper: cite`Gildenblat and contributors (2021). PyTorch library for CAM methods. github.com/jacobgil/pytorch-grad-cam`,
  weigh: (layer) => overChannels(layer, (i) => Math.max(0, layer.gradients[i]! * layer.activations[i]!)),
});
