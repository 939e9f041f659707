import type { PartPoint } from './parts.js';

/** A patch that shows a prototype in an image: `[x, y, width, height]` in pixels of the network's input. */
export interface ShownPatch {
  readonly prototype: number;
  readonly image: number;
  readonly box: readonly [number, number, number, number];
}

export interface PurityOptions {
  /** A longer side is cut to about so many pixels around the patch's centre, or larger patches were purer. */
  readonly largest?: number;
  /** Parts that count as one, such as the left and the right of a pair. */
  readonly pairs?: readonly (readonly [number, number])[];
}

export interface Purity {
  /** The largest share, over parts, of patches that hold the part's point, where it is visible. */
  readonly purity: number;
  /** The share of the part that is held most often. */
  readonly most: number;
}

/**
 * How pure prototypes are: whether their patches show one part (Nauta et al. 2023,
 * doi:10.1109/CVPR52729.2023.00269). `points` are those of each image by part; a point on the border of a
 * patch lies in it.
 */
export function partPurity(
  patches: readonly ShownPatch[],
  points: readonly (readonly PartPoint[])[],
  { largest = Number.POSITIVE_INFINITY, pairs = [] }: PurityOptions = {},
): ReadonlyMap<number, Purity> {
  const held = new Map<number, Map<number, number[]>>();
  for (const { prototype, image, box } of patches) {
    const own = held.get(prototype) ?? new Map<number, number[]>();
    held.set(prototype, own);
    const [x, y, width, height] = cut(box, largest);
    const inside = points[image]!.map(
      (point) =>
        point && Number(point.x >= x && point.x <= x + width && point.y >= y && point.y <= y + height),
    );
    for (const [left, right] of pairs) {
      if (inside[left] === undefined) continue;
      inside[right] = Math.max(inside[left], inside[right] ?? 0);
      inside[left] = undefined;
    }
    for (const [part, one] of inside.entries())
      if (one !== undefined) own.set(part, [...(own.get(part) ?? []), one]);
  }
  return new Map([...held].map(([prototype, own]) => [prototype, purityOf([...own.values()])]));
}

function purityOf(parts: readonly (readonly number[])[]): Purity {
  const sums = parts.map((one) => one.reduce((a, b) => a + b, 0));
  const shares = parts.map((one, i) => sums[i]! / one.length);
  const often = sums.indexOf(Math.max(...sums));
  return { purity: Math.max(0, ...shares), most: sums[often]! > 0 ? shares[often]! : 0 };
}

/** Each side loses half of what is too much, rounded down, at both ends. */
function cut([x, y, width, height]: ShownPatch['box'], largest: number): ShownPatch['box'] {
  const less = (length: number) => Math.max(0, Math.floor((length - largest) / 2));
  const [across, down] = [less(width), less(height)];
  return [x + across, y + down, width - 2 * across, height - 2 * down];
}

/** A box `[x, y, width, height]` around a part. */
export type PartBox = readonly [number, number, number, number];

/**
 * For each prototype the largest share, over parts, of patches whose centre lies in a box of the part, among
 * images where it has one. `boxes` are those of each image by part. With the lesions as a part it says
 * whether a prototype is a lesion.
 */
export function boxPurity(
  patches: readonly ShownPatch[],
  boxes: readonly (readonly (readonly PartBox[])[])[],
): ReadonlyMap<number, number> {
  const held = new Map<number, Map<number, number[]>>();
  for (const { prototype, image, box } of patches) {
    const own = held.get(prototype) ?? new Map<number, number[]>();
    held.set(prototype, own);
    for (const [part, known] of boxes[image]!.entries())
      if (known.length > 0)
        own.set(part, [...(own.get(part) ?? []), Number(known.some((one) => holdsCentre(one, box)))]);
  }
  return new Map([...held].map(([prototype, own]) => [prototype, purityOf([...own.values()]).purity]));
}

/** Whether the centre of a patch lies in a box. */
export function holdsCentre(
  [left, top, wide, tall]: readonly [number, number, number, number],
  [x, y, width, height]: ShownPatch['box'],
): boolean {
  const [cx, cy] = [x + width / 2, y + height / 2];
  return cx >= left && cx < left + wide && cy >= top && cy < top + tall;
}
