import type { Tensor } from '../../tensor/tensor.js';
import type { Box } from '../record.js';
import type { Transform } from '../sample.js';
import { forwardBox, intersection } from './points.js';

/** The parts of a sample that are drawn: image, boxes in original pixels, and mask. */
export interface Shown {
  readonly image: Tensor;
  readonly boxes: readonly Box[];
  readonly transform: Transform;
  /** 0/1, `[H, W]`, at the image's resolution. */
  readonly mask?: Tensor<Uint8Array>;
}

/** A sample's boxes in pixels of its input image, clipped to it. */
export function boxesOnInput({ image, boxes, transform }: Shown): Omit<Box, 'reader'>[] {
  const [, height, width] = image.shape as [number, number, number];
  return boxes.flatMap((box) => {
    const part = intersection(forwardBox(transform, box), { x: 0, y: 0, width, height });
    return part ? [{ ...part, label: box.label }] : [];
  });
}
