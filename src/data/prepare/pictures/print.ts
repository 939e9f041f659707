import { createHash } from 'node:crypto';
import { averaged } from './area.js';
import { withinBareEdges } from './bare-edges.js';
import {
  type Keypoints,
  keypointsOf,
  readKeypoints,
  type WrittenKeypoints,
  writtenKeypoints,
} from './keypoints.js';
import { panelsOf } from './panels.js';
import type { Part } from './part.js';
import { type Channel, channelNames, type Raster } from './raster.js';

/** Fingerprint of an image for the comparison with others; a few kilobytes. */
export interface Print {
  readonly width: number;
  readonly height: number;
  /** Hash of the pixels; equal for equal images in different files. */
  readonly pixels: string;
  /** The image in `SMALL_SIDE` x `SMALL_SIDE` pixels, values 0 to 255. */
  readonly small: Uint8Array;
  /** The part of the image within bare edges. */
  readonly part: Part;
  /** The pictures on it, where it shows several apart by bare lines. */
  readonly panels?: readonly Part[];
  /** Its red and its blue in as many pixels, where it is coloured. */
  readonly channels?: Readonly<Record<Channel, Uint8Array>>;
  /** Its places that stand out, where somebody needs them. */
  readonly keypoints?: Keypoints;
  /** Whether the image has content. Images that are uniform up to noise all look alike. */
  readonly hasContent: boolean;
}

export const SMALL_SIDE = 128;

export function printOf(raster: Raster, keypoints = false): Print {
  const { values, originalWidth, originalHeight } = raster;
  const size = `${originalWidth}x${originalHeight}`;
  const panels = panelsOf(raster);
  return {
    width: originalWidth,
    height: originalHeight,
    pixels: createHash('sha256').update(size).update(values).digest('hex'),
    small: smallOf(raster),
    ...(raster.channels && {
      channels: byChannel((name) => smallOf({ ...raster, values: raster.channels![name] })),
    }),
    part: withinBareEdges(raster),
    ...(panels.length > 0 && { panels }),
    ...(keypoints && { keypoints: keypointsOf(raster) }),
    hasContent: contentOf(values),
  };
}

const smallOf = (raster: Raster) =>
  new Uint8Array(averaged(raster, SMALL_SIDE).map((value) => Math.round(255 * value)));

const byChannel = <T>(of: (name: Channel) => T) =>
  Object.fromEntries(channelNames.map((name) => [name, of(name)])) as Record<Channel, T>;

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

/** JSON form of a print: its small picture and its places are in base64. */
export interface WrittenPrint extends Omit<Print, 'small' | 'channels' | 'keypoints'> {
  readonly small: string;
  readonly channels?: Readonly<Record<Channel, string>>;
  readonly keypoints?: WrittenKeypoints;
}

export const written = ({ small, channels, keypoints, ...print }: Print): WrittenPrint => ({
  ...print,
  small: Buffer.from(small).toString('base64'),
  ...(channels && { channels: byChannel((name) => Buffer.from(channels[name]).toString('base64')) }),
  ...(keypoints && { keypoints: writtenKeypoints(keypoints) }),
});

export const readPrint = ({ small, channels, keypoints, ...print }: WrittenPrint): Print => ({
  ...print,
  small: new Uint8Array(Buffer.from(small, 'base64')),
  ...(channels && { channels: byChannel((name) => new Uint8Array(Buffer.from(channels[name], 'base64'))) }),
  ...(keypoints && { keypoints: readKeypoints(keypoints) }),
});
