import type { Case } from './case.js';
import { layoutCases } from './layout.js';
import { linearCases } from './linear.js';
import { normCases } from './norms.js';
import { pointwiseCases } from './pointwise.js';
import { reductionCases } from './reductions.js';
import { resamplingCases } from './resampling.js';
import { windowCases } from './windows.js';

export { type Case, isFlat, titleOf } from './case.js';

export const cases: readonly Case[] = [
  ...pointwiseCases,
  ...linearCases,
  ...windowCases,
  ...reductionCases,
  ...normCases,
  ...layoutCases,
  ...resamplingCases,
];
