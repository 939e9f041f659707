import type { Accelerations } from '../acceleration.js';
import { inputNotNegative, outputRectified } from './known-sign.js';
import { favouredOutput, ownOutput } from './own-output.js';
import { remainder } from './remainder.js';
import { signedGamma } from './signed-gamma.js';
import { stackedInputs } from './stacked-inputs.js';

/** Forms that are shorter than the sum as it is defined, and equal to it. */
export const accelerations: Accelerations = {
  rules: [inputNotNegative, outputRectified],
  relevance: [signedGamma],
  pass: [stackedInputs],
  output: [ownOutput, favouredOutput],
  z: [remainder],
};
