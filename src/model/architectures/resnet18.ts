import { basicBlock } from './residual.js';
import { downsample, torchResnet } from './torch-resnet.js';

export const resnet18 = torchResnet(
  'resnet18',
  "The residual network of 18 layers, with torchvision's layer names.",
  [2, 2, 2, 2],
  [64, 128, 256, 512],
  basicBlock(downsample),
);
