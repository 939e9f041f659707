import { channelsFirst } from '../../tensor/channels.js';
import { type Tensor, zeros } from '../../tensor/tensor.js';
import type { CamLayer } from './layer.js';

/**
 * Converts a layer's activations to maps `[N, C, h, w]`: puts patch tokens on their grid and drops other
 * tokens.
 */
export function asMap({ grid, last }: CamLayer, values: Tensor): Tensor {
  if (last) return channelsFirst(values);
  if (!grid) return values;
  const [count, tokens, channels] = values.shape as [number, number, number];
  const area = grid.height * grid.width;
  const map = zeros([count, channels, grid.height, grid.width]);
  for (let n = 0; n < count; n++) {
    for (let p = 0; p < area; p++) {
      const from = (n * tokens + grid.first + p) * channels;
      for (let c = 0; c < channels; c++) map.data[(n * channels + c) * area + p] = values.data[from + c]!;
    }
  }
  return map;
}

/** Sets one channel of one sample's activations to 0 at every position and token, in place. */
export function withoutChannel(
  { grid, last }: CamLayer,
  values: Float32Array,
  channels: number,
  channel: number,
): void {
  if (grid || last) for (let i = channel; i < values.length; i += channels) values[i] = 0;
  else values.fill(0, (channel * values.length) / channels, ((channel + 1) * values.length) / channels);
}
