import type { Tensor } from '../../tensor/tensor.js';
import type { Box } from '../record.js';
import type { Transform } from '../sample.js';
import { forwardBox, intersection } from './points.js';

/** What is drawn of a sample: its image, its boxes, which are in original pixels, and its mask. */
export interface Shown {
  readonly image: Tensor;
  readonly boxes: readonly Box[];
  readonly transform: Transform;
  /** `[H, W]` of 0/1 at the image's resolution. */
  readonly mask?: Tensor<Uint8Array>;
}

/** A sample's boxes as they lie on its input image, cut at its edges. */
export function boxesOnInput({ image, boxes, transform }: Shown): Omit<Box, 'reader'>[] {
  const [, height, width] = image.shape as [number, number, number];
  return boxes.flatMap((box) => {
    const part = intersection(forwardBox(transform, box), { x: 0, y: 0, width, height });
    return part ? [{ ...part, label: box.label }] : [];
  });
}
