import { createHash } from 'node:crypto';
import { averaged } from './area.js';
import { withinBareEdges } from './bare-edges.js';
import { DETAIL_SIDE, type Detail, detailOf, normOf } from './detail.js';
import { HASH_SIDE, type PerceptualHash, perceptualHash } from './hash.js';
import type { Part } from './part.js';
import type { Raster } from './raster.js';
import { symmetries, turned } from './symmetries.js';

/** Fingerprint of an image for the comparison with others; a few kilobytes. */
export interface Print {
  readonly width: number;
  readonly height: number;
  /** Hash of the pixels; equal for equal images in different files. */
  readonly pixels: string;
  readonly hash: PerceptualHash;
  /** Hashes of the image under the other symmetries of the square; older sets have none. */
  readonly turned?: readonly PerceptualHash[];
  readonly detail: Detail;
  /** The image in `SMALL_SIDE` x `SMALL_SIDE` pixels, values 0 to 255; older sets have none. */
  readonly small?: Uint8Array;
  /** The part of the image within bare edges; older sets have none. */
  readonly part?: Part;
  /** Whether the image has content. Images that are uniform up to noise all look alike. */
  readonly hasContent: boolean;
}

export const SMALL_SIDE = 128;

export function printOf(raster: Raster): Print {
  const { values, originalWidth, originalHeight } = raster;
  const size = `${originalWidth}x${originalHeight}`;
  const small = averaged(raster, HASH_SIDE);
  return {
    width: originalWidth,
    height: originalHeight,
    pixels: createHash('sha256').update(size).update(values).digest('hex'),
    hash: perceptualHash(small),
    turned: symmetries.slice(1).map((symmetry) => perceptualHash(turned(small, HASH_SIDE, symmetry))),
    detail: detailOf(averaged(raster, DETAIL_SIDE)),
    small: Uint8Array.from(averaged(raster, SMALL_SIDE), (value) => Math.round(255 * value)),
    part: withinBareEdges(raster),
    hasContent: contentOf(values),
  };
}

/** Intensity range, of 256, of a compressed black frame. */
const NOISE = 12;
/** Share of pixels to ignore at either end of the intensity range. */
const ENDS = 0.01;

function contentOf(values: Uint8Array): boolean {
  const counts = new Float64Array(256);
  for (const value of values) counts[value]! += 1;
  const end = (order: readonly number[]) => {
    let seen = 0;
    return order.find((value) => {
      seen += counts[value]!;
      return seen > ENDS * values.length;
    })!;
  };
  const rising = Array.from({ length: 256 }, (_, value) => value);
  return end(rising.toReversed()) - end(rising) > NOISE;
}

/** JSON form of a print: its pictures are in base64. */
export interface WrittenPrint extends Omit<Print, 'detail' | 'small'> {
  readonly detail: string;
  readonly small?: string;
}

const inBase64 = (values: Int8Array | Uint8Array): string => Buffer.from(values).toString('base64');

export const written = ({ detail, small, ...print }: Print): WrittenPrint => ({
  ...print,
  detail: inBase64(detail.values),
  ...(small && { small: inBase64(small) }),
});

export function readPrint({ detail, small, ...rest }: WrittenPrint): Print {
  const values = new Int8Array(Buffer.from(detail, 'base64'));
  return {
    ...rest,
    detail: { values, norm: normOf(values) },
    ...(small !== undefined && { small: new Uint8Array(Buffer.from(small, 'base64')) }),
  };
}
