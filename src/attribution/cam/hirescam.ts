import { cite } from '../../base/paper.js';
import { camMethod, channels } from './cam.js';
import { asGradcam } from './equal.js';

export const hirescam = camMethod({
  name: 'hirescam',
  doc: "A layer's activations weighted by their own gradients.",
  paper: cite`Draelos, Carin (2020). Use HiResCAM instead of Grad-CAM for faithful explanations of convolutional neural networks. arXiv:2011.08891`,
  weigh: ({ reduce, mul }, { activations, gradients }) =>
    reduce('ReduceSum', mul(gradients, activations), channels),
  equals: asGradcam,
});
