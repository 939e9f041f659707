import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import sharp from 'sharp';
import { inputError } from '../../base/errors.js';
import { tensor } from '../../tensor/tensor.js';
import type { Region } from '../record.js';
import { coverCircle, coverPolygon } from './coverage.js';
import { type Mask, maskOfCoverage } from './mask.js';

/**
 * A region as a mask of the original picture, `[H, W]`. A mask file must have the picture's size; its pixels of at least
 * half the file's brightest value belong. Throws where a file cannot be read or has another size, and where runs
 * leave the picture.
 */
export async function maskOfRegion(region: Region, height: number, width: number): Promise<Mask> {
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

async function maskOfFile(path: string, height: number, width: number): Promise<Mask> {
  try {
    await access(path, constants.R_OK);
  } catch (cause) {
    throw inputError('the mask file of this image is missing', cause);
  }
  const { data, info } = await sharp(path)
    .removeAlpha()
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.width !== width || info.height !== height) {
    throw inputError(`the mask has ${info.width}x${info.height} pixels, its image ${width}x${height}`);
  }
  const brightest = data.reduce((most, value) => Math.max(most, value), 0);
  const mask = new Uint8Array(height * width);
  for (let i = 0; i < mask.length; i++) {
    mask[i] = brightest > 0 && 2 * data[i * info.channels]! >= brightest ? 1 : 0;
  }
  return tensor(mask, [height, width]);
}
