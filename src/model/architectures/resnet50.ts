import { bottleneck } from './residual.js';
import { downsample, torchResnet } from './torch-resnet.js';

export const resnet50 = torchResnet(
  'resnet50',
  "The residual network of 50 layers, with torchvision's layer names.",
  [3, 4, 6, 3],
  [256, 512, 1024, 2048],
  bottleneck(downsample),
);
