import sharp, { type Sharp } from 'sharp';
import type { RunContext } from '../../../base/run.js';
import type { ImageRecord } from '../../record.js';
import { slideGround } from './slide-ground.js';
import { type Decode, openSource, rawOf } from './source.js';

/** A grey image of at most 512 pixels on its longer side, values 0 to 255, with its original size. */
export interface Raster {
  readonly values: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly originalWidth: number;
  readonly originalHeight: number;
  /** Of a CT slice, the value below which it shows air. */
  readonly air?: number;
  /** Marks the bare ground of a stained slide, of a picture that shows one. */
  readonly ground?: () => Uint8Array | undefined;
  /** Its red and its blue, where it is coloured. */
  readonly channels?: Readonly<Record<Channel, Uint8Array>>;
}

/** The green of a photograph is much like its grey. */
export const channelNames = ['red', 'blue'] as const;
export type Channel = (typeof channelNames)[number];

const LONGEST = 512;

/** Reads an image as a raster. Throws where it cannot be read. */
export async function readRaster(record: ImageRecord, decode: Decode, run: RunContext): Promise<Raster> {
  const source = await openSource(record, decode, run);
  const scale = Math.min(1, LONGEST / Math.max(source.width, source.height));
  const width = Math.max(1, Math.round(source.width * scale));
  const height = Math.max(1, Math.round(source.height * scale));
  const resized = () => source.open().resize(width, height, { fit: 'fill' });
  const { values } = await rawOf(resized(), 3, false);
  const { red, blue, isGrey, isColoured } = channelsOf(values, width * height);
  const raw = { width, height, channels: 3 } as const;
  const grey = () => greyOf(source.bits === 16 ? resized() : sharp(values, { raw }));
  return {
    values: isGrey && source.bits === 8 ? red : await grey(),
    ...(source.air !== undefined && { air: source.air }),
    ground: () => (isGrey ? undefined : slideGround(values)),
    ...(isColoured && { channels: { red, blue } }),
    ...{ width, height, originalWidth: source.width, originalHeight: source.height },
  };
}

async function greyOf(picture: Sharp): Promise<Uint8Array> {
  const { values, depth } = await rawOf(picture, 1, false);
  return Uint8Array.from(depth === 1 ? values : values.filter((_, i) => i % depth === 0));
}

/** Grey levels, of 256, by which the red and the blue of a coloured picture differ. */
const COLOURED = 8;
/** The standard deviation of a channel that shows something. */
const SHOWN = 3;

/** The red and the blue of interleaved pixels, and whether they are grey, or coloured in both. */
function channelsOf(values: ArrayLike<number>, count: number) {
  const [red, blue] = [new Uint8Array(count), new Uint8Array(count)];
  const sums = { red: 0, redSquared: 0, blue: 0, blueSquared: 0, apart: 0 };
  let isGrey = true;
  for (let i = 0; i < count; i++) {
    const [r, g, b] = [values[3 * i]!, values[3 * i + 1]!, values[3 * i + 2]!];
    red[i] = r;
    blue[i] = b;
    sums.red += r;
    sums.redSquared += r * r;
    sums.blue += b;
    sums.blueSquared += b * b;
    sums.apart += Math.abs(r - b);
    if (r !== g || r !== b) isGrey = false;
  }
  const shows = (sum: number, squared: number) => squared / count - (sum / count) ** 2 >= SHOWN ** 2;
  const isColoured =
    sums.apart >= COLOURED * count && shows(sums.red, sums.redSquared) && shows(sums.blue, sums.blueSquared);
  return { red, blue, isGrey, isColoured };
}
