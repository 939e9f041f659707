import type { Frame } from '../geometry/frame.js';
import { inputMask, inputMaskOfBoxes, type Mask, union } from '../geometry/mask.js';
import { maskOfRegion } from '../geometry/region.js';
import type { Region } from '../record.js';
import { bareBoxes } from '../reformulate/outlined.js';
import type { Recipe } from '../reformulate/reformulation.js';

/** Maximum size of an image's mask cache in bytes. */
const KEPT_BYTES = 2 ** 28;

/** The masks of an image's regions at its own size, cached. */
export type RegionMasks = (region: Region) => Promise<Mask>;

export function regionMasks(width: number, height: number): RegionMasks {
  const made = new Map<Region, Promise<Mask>>();
  return (region) => {
    const known = made.get(region);
    if (known !== undefined) return known;
    if ((made.size + 1) * width * height > KEPT_BYTES) made.clear();
    const mask = maskOfRegion(region, height, width);
    made.set(region, mask);
    return mask;
  };
}

/**
 * Evidence mask of an input, `[H, W]`: the regions of objects that have any, and the boxes of others;
 * `undefined` where nothing is annotated. `sourceHeight` is that of the picture.
 */
export async function maskOfEvidence(
  evidence: Pick<Recipe, 'boxes' | 'regions'>,
  { transform, width, height }: Frame,
  masks: RegionMasks,
  sourceHeight: number,
): Promise<Mask | undefined> {
  const { boxes, regions } = evidence;
  if (boxes.length === 0 && regions.length === 0) return undefined;
  const parts = [inputMaskOfBoxes(bareBoxes(evidence, sourceHeight), transform, height, width)];
  for (const region of regions) parts.push(inputMask(await masks(region), transform, height, width));
  return union(parts, height, width);
}

/** Packs eight pixels per byte, most significant bit first. */
export function packBits({ data }: Mask, into: Uint8Array): void {
  into.fill(0);
  for (let i = 0; i < data.length; i++) if (data[i] === 1) into[i >> 3]! |= 0x80 >> (i & 7);
}

export function unpackBits(packed: Uint8Array, pixels: number): Uint8Array {
  const data = new Uint8Array(pixels);
  for (let i = 0; i < pixels; i++) data[i] = (packed[i >> 3]! >> (7 - (i & 7))) & 1;
  return data;
}
