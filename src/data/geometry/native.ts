import { inputError } from '../../base/errors.js';
import { type Tensor, tensor } from '../../tensor/tensor.js';
import type { Transform } from '../sample.js';
import type { Rectangle } from './frame.js';
import { forwardPoint, visiblePart } from './points.js';

/**
 * Resamples a heatmap `[h, w]` of the model's input to original pixels, bilinearly between pixel centres, for
 * scores at native resolution. Returns `part`, `[part.height, part.width]`: by default the whole original
 * pixels whose centres the input shows. Values beyond the outermost pixel centres are those of the edge.
 * Throws for a heatmap of another rank.
 */
export function nativeHeatmap(
  { data, shape }: Tensor,
  t: Transform,
  part: Rectangle = nativePart(t, shape[0]!, shape[1]!),
): Tensor {
  if (shape.length !== 2) throw inputError(`a heatmap has the shape [H, W], not [${shape}]`);
  const [height, width] = [shape[0]!, shape[1]!];
  const columns = Array.from({ length: part.width }, (_, i) =>
    between(forwardPoint(t, [part.x + i + 0.5, 0])[0], width),
  );
  const out = new Float32Array(part.width * part.height);
  for (let j = 0; j < part.height; j++) {
    const row = between(forwardPoint(t, [0, part.y + j + 0.5])[1], height);
    for (const [i, column] of columns.entries()) {
      const above = mix(data, row.low * width, column);
      const below = mix(data, row.high * width, column);
      out[j * part.width + i] = above + row.weight * (below - above);
    }
  }
  return tensor(out, [part.height, part.width]);
}

/** The whole original pixels whose centres an input of the given size shows. Throws where it shows none. */
export function nativePart(t: Transform, height: number, width: number): Rectangle {
  const seen = visiblePart(t, width, height);
  if (seen === undefined) throw inputError('the input shows no part of the original picture');
  const [x, y] = [firstCentre(seen.x), firstCentre(seen.y)];
  return {
    x,
    y,
    width: firstCentre(seen.x + seen.width) - x,
    height: firstCentre(seen.y + seen.height) - y,
  };
}

/** The first pixel whose centre is at or beyond an edge. */
const firstCentre = (edge: number) => Math.max(0, Math.ceil(edge - 0.5));

interface Between {
  readonly low: number;
  readonly high: number;
  readonly weight: number;
}

function between(position: number, length: number): Between {
  const clamped = Math.min(Math.max(position - 0.5, 0), length - 1);
  const low = Math.floor(clamped);
  return { low, high: Math.min(low + 1, length - 1), weight: clamped - low };
}

function mix(data: Float32Array, row: number, { low, high, weight }: Between): number {
  return data[row + low]! + weight * (data[row + high]! - data[row + low]!);
}
