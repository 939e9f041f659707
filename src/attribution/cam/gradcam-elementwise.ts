import { camMethod, overChannels } from './cam.js';

export const gradcamElementwise = camMethod({
  name: 'gradcam-elementwise',
  doc: 'HiResCAM with negative products dropped before the sum over channels.',
  paper: {
    authors: 'Gildenblat and contributors',
    year: 2021,
    title: 'PyTorch library for CAM methods',
    id: 'github.com/jacobgil/pytorch-grad-cam',
  },
  weigh: (layer) => overChannels(layer, (i) => Math.max(0, layer.gradients[i]! * layer.activations[i]!)),
});
