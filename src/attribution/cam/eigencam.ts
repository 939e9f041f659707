import { camMethod, type LayerSample } from './cam.js';
import { firstComponent } from './principal.js';

export const eigencam = camMethod({
  name: 'eigencam',
  doc: "The first principal component of a layer's activations; knows nothing of the target.",
  paper: {
    authors: 'Muhammad, Yeasin',
    year: 2020,
    title: 'Eigen-CAM: class activation map using principal components',
    id: 'arXiv:2008.00299',
  },
  weigh: (layer) => componentOf(layer, (i) => layer.activations[i]!),
});

export const eigengradcam = camMethod({
  name: 'eigengradcam',
  doc: "The first principal component of a layer's activations times their gradients.",
  paper: {
    authors: 'Gildenblat and contributors',
    year: 2021,
    title: 'PyTorch library for CAM methods',
    id: 'github.com/jacobgil/pytorch-grad-cam',
  },
  weigh: (layer) => componentOf(layer, (i) => layer.activations[i]! * layer.gradients[i]!),
});

function componentOf({ channels, height, width }: LayerSample, value: (i: number) => number) {
  const area = height * width;
  return firstComponent(area, channels, (position, channel) => value(channel * area + position));
}
