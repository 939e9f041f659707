import type { Builder } from '../../graph/builder.js';
import { range, type Shapes } from '../../graph/shapes.js';
import { channelsFirst } from '../../tensor/channels.js';
import { sizeOf, type Tensor, zeros } from '../../tensor/tensor.js';
import type { CamLayer } from './layer.js';
import { patchesAlong, tokenOf } from './tokens.js';

/**
 * Converts a layer's activations to maps `[N, C, h, w]`: puts patch tokens on their grid, drops other tokens,
 * and takes a signal's `[N, C, l]` for maps of one row.
 */
export function asMap({ grid, last }: CamLayer, values: Tensor): Tensor {
  if (last) return channelsFirst(values, values.shape.length - 2);
  if (!grid) return values.shape.length === 3 ? { ...values, shape: rowOf(values.shape) } : values;
  const [count, tokens, channels] = values.shape as [number, number, number];
  const area = sizeOf(grid.size);
  const map = zeros([count, channels, ...grid.size]);
  for (let n = 0; n < count; n++) {
    for (let p = 0; p < area; p++) {
      const from = (n * tokens + tokenOf(grid, p)) * channels;
      for (let c = 0; c < channels; c++) map.data[(n * channels + c) * area + p] = values.data[from + c]!;
    }
  }
  return map;
}

/** The lengths of a signal's maps `[N, C, l]` as those of an image of one row. */
const rowOf = (dims: readonly number[]) => [...dims.slice(0, 2), 1, dims[2]!];

/** The nodes of `asMap`, for a layer's values and what has their shape: `[N, C, h, w]`. */
export function mapNodes(builder: Builder, place: CamLayer, value: string, shapes: Shapes): string {
  const { transpose, reshape } = builder;
  const { grid, last } = place;
  const { dims } = shapes.get(place.value)!;
  if (last) return transpose(value, [0, dims.length - 1, ...range(dims.length - 2).map((i) => i + 1)]);
  if (!grid) return dims.length === 3 ? reshape(value, [-1, ...rowOf(dims).slice(1)]) : value;
  const patches = patchesAlong(builder, value, grid, 1);
  return reshape(transpose(patches, [0, 2, 1]), [0, -1, ...grid.size]);
}

/** The lengths of the positions of a layer's map. */
export function mapSize({ value, grid, last }: CamLayer, shapes: Shapes): readonly number[] {
  const { dims } = shapes.get(value)!;
  if (grid) return grid.size;
  if (last) return dims.slice(1, -1);
  return (dims.length === 3 ? rowOf(dims) : dims).slice(2);
}

/** The number of channels of a layer's map. */
export function channelsOf({ value, grid, last }: CamLayer, shapes: Shapes): number {
  const { dims } = shapes.get(value)!;
  return grid || last ? dims.at(-1)! : dims[1]!;
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
