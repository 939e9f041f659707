import { inputError } from '../base/errors.js';
import { sizeOf, type Tensor, zeros } from './tensor.js';

export const channelReductions = ['sum', 'mean', 'abs-sum', 'max-abs', 'l2'] as const;
export type ChannelReduction = (typeof channelReductions)[number];

/**
 * Reduces the channels: `[N, C, H, W]` to `[N, 1, H, W]`, also with a depth. `sum` and `mean` are signed, and
 * `sum` preserves completeness; `abs-sum`, `max-abs` and `l2` are magnitudes. Sums are computed in double
 * precision.
 */
export function reduceChannels({ data, shape }: Tensor, reduction: ChannelReduction = 'sum'): Tensor {
  if (shape.length !== 4 && shape.length !== 5)
    throw inputError(`a map to reduce has the shape [N, C, H, W]; this one has [${shape}]`);
  const [count, channels, ...places] = shape as readonly [number, number, ...number[]];
  const area = sizeOf(places);
  const out = zeros([count, 1, ...places]);
  for (let n = 0; n < count; n++) {
    for (let p = 0; p < area; p++) {
      let total = 0;
      for (let c = 0; c < channels; c++)
        total = steps[reduction](total, data[(n * channels + c) * area + p]!);
      out.data[n * area + p] = ends[reduction]?.(total, channels) ?? total;
    }
  }
  return out;
}

const steps: Readonly<Record<ChannelReduction, (total: number, value: number) => number>> = {
  sum: (total, value) => total + value,
  mean: (total, value) => total + value,
  'abs-sum': (total, value) => total + Math.abs(value),
  'max-abs': (total, value) => Math.max(total, Math.abs(value)),
  l2: (total, value) => total + value * value,
};

const ends: Readonly<Partial<Record<ChannelReduction, (total: number, channels: number) => number>>> = {
  mean: (total, channels) => total / channels,
  l2: (total) => Math.sqrt(total),
};
