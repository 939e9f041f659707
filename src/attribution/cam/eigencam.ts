import { cite } from '../../base/paper.js';
import { camMethod, type LayerSample } from './cam.js';
import { firstComponent } from './principal.js';

export const eigencam = camMethod({
  name: 'eigencam',
  doc: "The first principal component of a layer's activations; the same for every target.",
  paper: cite`Muhammad, Yeasin (2020). Eigen-CAM: class activation map using principal components. arXiv:2008.00299`,
  weigh: (layer) => componentOf(layer, (i) => layer.activations[i]!),
});

export const eigengradcam = camMethod({
  name: 'eigengradcam',
  doc: "The first principal component of a layer's activations times their gradients.",
  paper: cite`Gildenblat and contributors (2021). PyTorch library for CAM methods. github.com/jacobgil/pytorch-grad-cam`,
  weigh: (layer) => componentOf(layer, (i) => layer.activations[i]! * layer.gradients[i]!),
});

function componentOf({ channels, height, width }: LayerSample, value: (i: number) => number) {
  const area = height * width;
  return firstComponent(area, channels, (position, channel) => value(channel * area + position));
}
