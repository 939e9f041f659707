import type { Rectangle } from '../geometry/frame.js';
import { intersection } from '../geometry/points.js';
import type { Box } from '../record.js';
import { shownShare } from './places.js';

/** Annotated places of a finding in an image. */
export interface Places {
  readonly boxes: readonly Box[];
  /** Rectangles around what is marked by pixels alone. */
  readonly outlined: readonly Rectangle[];
}

/**
 * The number of places of which no positive tile shows enough: `coverage` of a box, or any of the pixels that
 * `marked` counts in a window.
 */
export function unshown(
  { boxes, outlined }: Places,
  positives: readonly Rectangle[],
  coverage: number,
  marked: (window: Rectangle) => number,
): number {
  const isMarked = (place: Rectangle, tile: Rectangle) => {
    const shared = intersection(place, tile);
    return shared !== undefined && marked(shared) > 0;
  };
  return (
    boxes.filter((box) => !positives.some((tile) => shownShare(box, tile) >= coverage)).length +
    outlined.filter((place) => !positives.some((tile) => isMarked(place, tile))).length
  );
}
