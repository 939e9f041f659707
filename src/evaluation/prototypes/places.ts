import type { Tensor } from '../../tensor/tensor.js';
import { holdsCentre, type PartBox, type ShownPatch } from './purity.js';

/** The share of a patch's pixels that a mask `[H, W]` of 0/1 marks; NaN of a patch outside the image. */
export function shareInMask({ data, shape }: Tensor<Uint8Array>, box: ShownPatch['box']): number {
  const [height, width] = shape as [number, number];
  const [left, top, wide, tall] = box;
  let [marked, all] = [0, 0];
  for (let y = Math.max(0, top); y < Math.min(height, top + tall); y++)
    for (let x = Math.max(0, left); x < Math.min(width, left + wide); x++) {
      all++;
      marked += data[y * width + x]!;
    }
  return marked / all;
}

/**
 * For each prototype the share of its patches that lie mostly, by more than half of their pixels, in the
 * masks of their images: what is not the body, burned-in text, or a lesion. Patches of images without a mask
 * are left out.
 */
export function patchesInMasks(
  patches: readonly ShownPatch[],
  masks: readonly (Tensor<Uint8Array> | undefined)[],
): ReadonlyMap<number, number> {
  const held = new Map<number, number[]>();
  for (const { prototype, image, box } of patches) {
    const mask = masks[image];
    if (!mask) continue;
    held.set(prototype, [...(held.get(prototype) ?? []), Number(shareInMask(mask, box) > 0.5)]);
  }
  return new Map([...held].map(([p, own]) => [p, own.reduce((a, b) => a + b, 0) / own.length]));
}

/** Whether a patch finds a lesion: its centre lies in one of the boxes; undefined where there is none. */
export function findsLesion(box: ShownPatch['box'], lesions: readonly PartBox[]): boolean | undefined {
  return lesions.length === 0 ? undefined : lesions.some((lesion) => holdsCentre(lesion, box));
}
