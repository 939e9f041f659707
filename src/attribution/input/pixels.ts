import type { Classifier } from '../../model/classifier.js';

export interface ImageShape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** The input as an image; one that is none is a single row of pixels. */
export function imageShape({ input }: Pick<Classifier, 'input'>): ImageShape {
  const { shape, layout } = input;
  if (layout === 'NCHW') return { channels: shape[0]!, height: shape[1]!, width: shape[2]! };
  if (layout === 'NHWC') return { channels: shape[2]!, height: shape[0]!, width: shape[1]! };
  return { channels: 1, height: 1, width: shape.reduce((n, length) => n * length, 1) };
}

/** From the position of a value in a sample to its pixel, counted row by row. */
export function pixelIndex(model: Pick<Classifier, 'input'>): (i: number) => number {
  const { channels, height, width } = imageShape(model);
  const area = height * width;
  return model.input.layout === 'NHWC' ? (i) => Math.floor(i / channels) : (i) => i % area;
}
