import { camMethod, overChannels } from './cam.js';

export const hirescam = camMethod({
  name: 'hirescam',
  doc: "A layer's activations weighted by their own gradients.",
  paper: {
    authors: 'Draelos, Carin',
    year: 2020,
    title: 'Use HiResCAM instead of Grad-CAM for faithful explanations of convolutional neural networks',
    id: 'arXiv:2011.08891',
  },
  weigh: (layer) => overChannels(layer, (i) => layer.gradients[i]! * layer.activations[i]!),
});
