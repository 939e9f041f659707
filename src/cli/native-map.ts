import { z } from 'zod/mini';
import { inputError, usageError } from '../base/errors.js';
import { readBytes } from '../base/files.js';
import { maximumJson, parseJson } from '../base/json.js';
import {
  cropped,
  letterboxed,
  nativeHeatmap,
  nativePart,
  original,
  type Rectangle,
  resized,
} from '../data/geometry/index.js';
import { transformSchema } from '../data/prepare/schemas.js';
import type { Transform } from '../data/sample.js';
import type { Tensor } from '../tensor/tensor.js';

/** A map `[part.height, part.width]` on the part of an original image that the model saw. */
export interface NativeMap {
  readonly width: number;
  readonly height: number;
  readonly part: Rectangle;
  readonly map: Tensor;
}

/** How an image became a model's input: a part of it, stretched, or fitted in and padded. */
export interface Way {
  readonly crop?: Rectangle | undefined;
  readonly fit: 'stretch' | 'letterbox';
}

/** The transform from an image of `width` by `height` to an input of the map's shape `[h, w]`. */
export function transformTo(
  width: number,
  height: number,
  { crop, fit }: Way,
  [high, wide]: readonly [number, number],
): Transform {
  const whole = original(width, height);
  if (crop && !(crop.x < width && crop.y < height && crop.x + crop.width > 0 && crop.y + crop.height > 0))
    throw usageError(
      `--crop got ${crop.x},${crop.y},${crop.width},${crop.height}; it takes a part of the image of ${width}x${height} pixels`,
    );
  const part = crop ? cropped(whole, crop) : whole;
  return (fit === 'letterbox' ? letterboxed : resized)(part, wide, high).transform;
}

/** The map `[h, w]` in pixels of the original image. */
export function nativeMap(map: Tensor, transform: Transform): NativeMap {
  const [height, width] = map.shape as [number, number];
  const part = nativePart(transform, height, width);
  return {
    ...{ width: transform.originalWidth, height: transform.originalHeight, part },
    map: nativeHeatmap(map, transform, part),
  };
}

const geometry = z.array(z.union([transformSchema, z.object({ transform: transformSchema })]));

/** The transforms of a file: a list of them, or of rows that hold one, as the table of a prepared set. */
export async function readTransforms(path: string, count: number): Promise<Transform[]> {
  const text = (await readBytes(path, maximumJson)).toString('utf8');
  const rows = parseJson(text, geometry, path, 'a list of transforms, one for each map');
  if (rows.length !== count) throw inputError(`${path}: has ${rows.length} transforms for ${count} maps`);
  return rows.map((row) => ('transform' in row ? row.transform : row));
}
