import type { ByOperator } from '../../graph/catalogue/index.js';

/** The operators that ONNX Runtime's CPU provider computes in double, or that only move or count values. */
export const kernels: Partial<ByOperator<true>> = {
  Set: true,
};
