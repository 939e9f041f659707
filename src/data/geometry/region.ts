import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { inputError } from '../../base/errors.js';
import { tensor } from '../../tensor/tensor.js';
import { decodeFile } from '../decode/file.js';
import { variesInAlpha } from '../decode/picture.js';
import type { Region } from '../record.js';
import { coverCircle, coverPolygon } from './coverage.js';
import { type Mask, maskOfCoverage } from './mask.js';

/** Maximum number of pixels of an image whose regions are rasterised. */
const maximumPixels = 2 ** 26;

/**
 * Rasterises a region of the original image, `[H, W]`. A mask file must have the image's size; its threshold
 * is half of its maximum. Throws where a file cannot be read or differs in size, and where runs exceed the
 * image.
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
      return maskOfFile(region.path, height, width);
  }
}

function maskOfRuns({ runs, order }: Extract<Region, { kind: 'runs' }>, height: number, width: number): Mask {
  const data = new Uint8Array(height * width);
  for (let r = 0; r + 1 < runs.length; r += 2) {
    const [start, end] = [runs[r]!, runs[r]! + runs[r + 1]!];
    if (!(start >= 0 && end <= data.length && end >= start)) {
      throw inputError(`a run from ${start} to ${end} leaves the picture of ${width}x${height} pixels`);
    }
    for (let i = start; i < end; i++) {
      data[order === 'rows' ? i : (i % height) * width + Math.floor(i / height)] = 1;
    }
  }
  return tensor(data, [height, width]);
}

/** JPEG noise: the mask is empty where no value exceeds this. */
const NOISE = 32;

/** A file with several values, all below this, is a label map. */
const CLASSES = 32;

/**
 * Reads a mask file of any bit depth at its own size: pixels of at least half of its maximum. A black file
 * gives an empty mask. Throws where the file cannot be read or is a label map of several classes.
 */
export async function readMask(path: string): Promise<Mask> {
  try {
    await access(path, constants.R_OK);
  } catch (cause) {
    throw inputError('the mask file of this image is missing', cause);
  }
  const { pixels } = await decodeFile(path, { raw: true });
  const [height, width, channels = 1] = pixels.shape as [number, number, number?];
  const values = new Float64Array(height * width);
  for (let i = 0; i < pixels.data.length; i++) {
    const pixel = Math.floor(i / channels);
    values[pixel] = Math.max(values[pixel]!, pixels.data[i]!);
  }
  const brightest = values.reduce((most, value) => Math.max(most, value), 0);
  const least = /\.jpe?g$/i.test(path) ? NOISE : 0;
  if (brightest === 0 && (await variesInAlpha(path))) {
    throw inputError(
      'the mask is black and marks by its transparency; write it in black and white without transparency',
    );
  }
  if (brightest > 1 && brightest < CLASSES && least === 0) checkClasses(values);
  const mask = new Uint8Array(height * width);
  if (brightest > least) for (let i = 0; i < mask.length; i++) mask[i] = 2 * values[i]! >= brightest ? 1 : 0;
  return tensor(mask, [height, width]);
}

function checkClasses(values: Float64Array): void {
  const classes = [...new Set(values)].filter((value) => value > 0).sort((a, b) => a - b);
  if (classes.length > 1) {
    throw inputError(
      `the mask holds the values ${classes.join(', ')}, which are a label map's; one mask for each finding is read, of 0 and one other value`,
    );
  }
}

async function maskOfFile(path: string, height: number, width: number): Promise<Mask> {
  const mask = await readMask(path);
  const [rows, columns] = mask.shape as [number, number];
  if (columns !== width || rows !== height) {
    throw inputError(`the mask has ${columns}x${rows} pixels, its image ${width}x${height}`);
  }
  return mask;
}
