import { cite } from '../../base/paper.js';
import { camMethod, channels } from './cam.js';
import { asLayercam } from './equal.js';

export const gradcamElementwise = camMethod({
  name: 'gradcam-elementwise',
  doc: 'HiResCAM with negative products dropped before the sum over channels.',
  paper: cite`Gildenblat and contributors (2021). PyTorch library for CAM methods. github.com/jacobgil/pytorch-grad-cam`,
  weigh: ({ reduce, mul, relu }, { activations, gradients }) =>
    reduce('ReduceSum', relu(mul(gradients, activations)), channels),
  equals: asLayercam,
});
