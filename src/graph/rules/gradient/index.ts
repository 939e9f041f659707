import type { Rule } from '../../backward.js';
import * as activation from './activation.js';
import * as arithmetic from './arithmetic.js';
import { Conv, ConvTranspose } from './convolution.js';
import { Einsum } from './einsum.js';
import { Gather, GatherElements, GatherND, TopK } from './gather.js';
import * as linear from './linear.js';
import { GlobalLpPool, LpPool } from './lp-pooling.js';
import { LRN } from './lrn.js';
import * as normalisation from './normalisation.js';
import { Pad } from './pad.js';
import { AveragePool, GlobalAveragePool, GlobalMaxPool, MaxPool } from './pooling.js';
import * as reduce from './reduce.js';
import { Relu } from './relu.js';
import { Resize } from './resize.js';
import * as shape from './shape.js';

/** The input gradients of each operator, by its ONNX name. */
export const gradientRules: Readonly<Record<string, Rule>> = {
  ...activation,
  ...arithmetic,
  ...linear,
  ...normalisation,
  ...reduce,
  ...shape,
  AveragePool,
  Conv,
  ConvTranspose,
  Einsum,
  Gather,
  GatherElements,
  GatherND,
  GlobalAveragePool,
  GlobalLpPool,
  GlobalMaxPool,
  LRN,
  LpPool,
  MaxPool,
  Pad,
  Relu,
  Resize,
  TopK,
};
