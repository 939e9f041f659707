import { inputError } from '../../base/errors.js';
import type { Rectangle } from '../geometry/frame.js';
import type { ImageRecord } from '../record.js';

/** The image as a rectangle. Throws where its size is unknown. */
export function wholeOf({ id, width, height }: ImageRecord): Rectangle {
  if (width === undefined || height === undefined) throw inputError(`the size of image ${id} is not known`);
  return { x: 0, y: 0, width, height };
}
