import { inputError } from '../../../../base/errors.js';
import type { Window } from '../../image/decoded.js';

export type WindowShape = 'LINEAR' | 'LINEAR_EXACT' | 'SIGMOID';

/** Maps rescaled values to [0, 1] (DICOM PS3.3 C.11.2.1.2 and C.11.2.1.3). */
export function windowFunction({ center, width }: Window, shape: WindowShape): (value: number) => number {
  if (!(width > 0)) throw inputError(`it asks for a window of width ${width}`);
  if (shape === 'SIGMOID') return (value) => 1 / (1 + Math.exp((-4 * (value - center)) / width));
  if (shape === 'LINEAR_EXACT') return (value) => clamp((value - center) / width + 0.5);
  if (width < 1) throw inputError(`it asks for a linear window of width ${width}; at least 1 is allowed`);
  if (width === 1) return (value) => (value > center - 0.5 ? 1 : 0);
  return (value) => clamp((value - (center - 0.5)) / (width - 1) + 0.5);
}

/** Maps `low` to 0 and `high` to 1. A constant image becomes 0. */
export const rangeFunction =
  (low: number, high: number): ((value: number) => number) =>
  (value) =>
    high > low ? clamp((value - low) / (high - low)) : 0;

const clamp = (value: number): number => (value < 0 ? 0 : value > 1 ? 1 : value);
