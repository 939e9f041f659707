import type { Graph } from '../../graph/graph.js';
import { dense, efficient, inception, mobile, regular } from './convolutional.js';
import { convnext, keras, merged, swin, vision } from './transformers.js';

/** Tiny versions of the architectures that people use, with random weights. */
export const networks: Readonly<Record<string, () => Graph>> = {
  dense,
  mobile,
  efficient,
  regular,
  inception,
  convnext,
  swin,
  vision,
  merged,
  keras,
};
