import type { Size } from '../formats/boxes.js';
import type { Transform } from '../sample.js';
import { SMALL_SIDE } from './pictures/print.js';

/** Whether an input image shows a part of its picture. */
export const isPart = ({ originalWidth, originalHeight, scaleX, scaleY }: Transform, input: Size): boolean =>
  originalWidth * scaleX > input.width + 0.5 || originalHeight * scaleY > input.height + 0.5;

/** Whether an input image shows less of its picture than a print of it does. */
export const showsLess = (transform: Transform, input: Size): boolean => {
  const { originalWidth, originalHeight, scaleX, scaleY } = transform;
  const isCoarse = (length: number, scale: number) => scale < 1 && length * scale < SMALL_SIDE - 0.5;
  return isPart(transform, input) || isCoarse(originalWidth, scaleX) || isCoarse(originalHeight, scaleY);
};
