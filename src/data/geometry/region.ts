import { inputError } from '../../base/errors.js';
import { tensor } from '../../tensor/tensor.js';
import type { Region } from '../record.js';
import { coverCircle, coverPolygon } from './coverage.js';
import { maskOfValue, readLabelMap } from './label-map.js';
import { type Mask, maskOfCoverage } from './mask.js';
import { readMask } from './mask-file.js';
import { maskOfRuns } from './runs.js';
import { isScaledCopy } from './scaled-copy.js';

/** Maximum number of pixels of an image whose regions are rasterised. */
const maximumPixels = 2 ** 26;

/**
 * Rasterises a region of the original image, `[H, W]`. A mask file has the image's size, or is a smaller or
 * larger copy, of which each pixel takes the nearest; its threshold is half of its maximum. Throws where a
 * file cannot be read or has other proportions, and where runs exceed the image.
 */
export async function maskOfRegion(region: Region, height: number, width: number): Promise<Mask> {
  if (!(height * width <= maximumPixels))
    throw inputError(
      `it has ${width} x ${height} pixels; regions are read in pictures of up to ${maximumPixels}`,
    );
  switch (region.kind) {
    case 'polygon':
      return maskOfCoverage(coverPolygon(region.points, height, width));
    case 'circle':
      return maskOfCoverage(coverCircle(region.x, region.y, region.radius, height, width));
    case 'runs':
      return maskOfRuns(region, height, width);
    case 'file':
      return maskOfFile(region, height, width);
  }
}

async function maskOfFile(
  { path, value }: Extract<Region, { kind: 'file' }>,
  height: number,
  width: number,
): Promise<Mask> {
  const mask =
    value === undefined
      ? await readMask(path)
      : maskOfValue(await readLabelMap(path, typeof value === 'string'), value);
  const [rows, columns] = mask.shape as [number, number];
  if (columns === width && rows === height) return mask;
  if (!isScaledCopy({ width: columns, height: rows }, { width, height }))
    throw inputError(`the mask has ${columns}x${rows} pixels, its image ${width}x${height}`);
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(((y + 0.5) * rows) / height) * columns;
    for (let x = 0; x < width; x++)
      data[y * width + x] = mask.data[row + Math.floor(((x + 0.5) * columns) / width)]!;
  }
  return tensor(data, [height, width]);
}
