import { inputError } from '../../base/errors.js';
import type { Corners, Size } from './boxes.js';
import type { Annotated } from './collect.js';

/** The share of boxes from which on a common fault is none of single boxes. */
export const MANY = 0.2;

type Sized = Annotated & Size;
type Box = Annotated['boxes'][number];

const isSized = (image: Annotated): image is Sized => image.width !== undefined && image.height !== undefined;

/**
 * Throws an input error, naming `source`, where many boxes exceed their images and all boxes fit them in
 * another form than the format's. `cornersOf` reads the numbers of a box in this form, `as` names it, and
 * `orElse` says what else than writing them anew helps. Fewer than `least` of several are slips of the hand.
 */
export function checkCorners(
  source: string,
  images: readonly Annotated[],
  cornersOf: (box: Box) => Corners,
  form: string,
  as = 'two corners (x1, y1, x2, y2)',
  { orElse = '', least = 1 }: { readonly orElse?: string; readonly least?: number } = {},
): void {
  const boxes = images.filter(isSized).flatMap((image) => image.boxes.map((box) => ({ box, image })));
  const exceeds = ({ box, image }: (typeof boxes)[number]) =>
    Math.min(box.x, box.y) < -1 ||
    box.x + box.width > 1.02 * image.width + 1 ||
    box.y + box.height > 1.02 * image.height + 1;
  const out = boxes.filter(exceeds).length;
  if (
    out < Math.min(least, Math.max(1, boxes.length)) ||
    out <= MANY * boxes.length ||
    !allFit(images, cornersOf)
  )
    return;
  throw inputError(
    `${source}: ${out} of ${boxes.length} boxes stand out of their images as ${form}, and all fit as ${as}: write them as ${form}${orElse}`,
  );
}

/** Whether some boxes exceed their images by more than a pixel. */
export const exceed = (images: readonly Annotated[]): boolean =>
  images.filter(isSized).some(({ boxes, width, height }) =>
    boxes.some((box) => {
      const [right, bottom] = [box.x + box.width, box.y + box.height];
      return Math.min(box.x, box.y) < -1 || right > width + 1 || bottom > height + 1;
    }),
  );

/** Whether all boxes fit their images where `cornersOf` reads their numbers. */
export function allFit(images: readonly Annotated[], cornersOf: (box: Box) => Corners): boolean {
  return images.filter(isSized).every(({ boxes, width, height }) =>
    boxes.every((box) => {
      const [left, top, right, bottom] = cornersOf(box);
      const isBox = right > left && bottom > top;
      return isBox && Math.min(left, top) >= -1 && right <= width + 1 && bottom <= height + 1;
    }),
  );
}

export const cocoCorners = ({ x, y, width, height }: Box): Corners => [x, y, width, height];

/** As if the left upper corner were the centre. */
export const cocoCentred = ({ x, y, width, height }: Box): Corners => [
  x - width / 2,
  y - height / 2,
  x + width / 2,
  y + height / 2,
];

/** As if rows came before columns. */
export const cocoTurned = ({ x, y, width, height }: Box): Corners => [y, x, y + height, x + width];

export const yoloCorners = ({ x, y, width, height }: Box): Corners => [
  x + width / 2,
  y + height / 2,
  width,
  height,
];

/** As if the centre were the upper left corner. */
export const yoloShifted = ({ x, y, width, height }: Box): Corners => [
  x + width / 2,
  y + height / 2,
  x + 1.5 * width,
  y + 1.5 * height,
];
