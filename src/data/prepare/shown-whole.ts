import type { Size } from '../formats/boxes.js';
import type { Transform } from '../sample.js';
import { SMALL_SIDE } from './pictures/print.js';

/** Whether an input image shows a part of its picture. */
export const isPart = ({ originalWidth, originalHeight, scaleX, scaleY }: Transform, input: Size): boolean =>
  originalWidth * scaleX > input.width + 0.5 || originalHeight * scaleY > input.height + 0.5;

/** Whether audits need prints of the source images beside a set: it shows less of one than its print does. */
export const needsSources = (rows: readonly { readonly transform: Transform }[], input: Size): boolean =>
  rows.some(({ transform }) => showsLess(transform, input));

const showsLess = (transform: Transform, input: Size): boolean => {
  const { originalWidth, originalHeight, scaleX, scaleY } = transform;
  const isCoarse = (length: number, scale: number) => scale < 1 && length * scale < SMALL_SIDE - 0.5;
  return isPart(transform, input) || isCoarse(originalWidth, scaleX) || isCoarse(originalHeight, scaleY);
};
