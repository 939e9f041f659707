import type { Rule } from '../../backward.js';
import * as activation from './activation.js';
import * as arithmetic from './arithmetic.js';
import { Conv } from './convolution.js';
import * as linear from './linear.js';
import * as normalisation from './normalisation.js';
import { AveragePool, GlobalAveragePool, MaxPool } from './pooling.js';
import * as shape from './shape.js';

/** The input gradients of each operator, by its ONNX name. */
export const gradientRules: Readonly<Record<string, Rule>> = {
  ...activation,
  ...arithmetic,
  ...linear,
  ...normalisation,
  ...shape,
  AveragePool,
  Conv,
  GlobalAveragePool,
  MaxPool,
};
