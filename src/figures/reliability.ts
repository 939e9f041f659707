import { type CurveOptions, curvesFigure, type Series } from './curves.js';
import type { Figure } from './figure.js';

/** Answers of about the same confidence. */
export interface ReliabilityBin {
  readonly count: number;
  readonly confidence: number;
  readonly accuracy: number;
}

/** The share of right answers over their confidence, beside the line on which both are equal. */
export function reliabilityFigure(
  series: readonly { readonly name: string; readonly bins: readonly ReliabilityBin[] }[],
  options: CurveOptions = {},
): Figure {
  const lines = series.map(({ name, bins }): Series => {
    const filled = bins.filter(({ count }) => count > 0);
    return { name, x: filled.map(({ confidence }) => confidence), y: filled.map(({ accuracy }) => accuracy) };
  });
  const equal = { name: 'calibrated', x: [0, 1], y: [0, 1], dashed: true };
  return curvesFigure([...lines, equal], { x: 'confidence', y: 'share right', yRange: [0, 1], ...options });
}
