import type { Builder } from '../../graph/builder.js';
import type { Classifier } from '../../model/classifier.js';
import { foldedIn } from '../../model/maps/folded.js';
import { sizeOf, type Tensor } from '../../tensor/tensor.js';

/** Adds the node that gives each sample the values `[..., ...dims]` of its images: `[N, images, ...dims]`. */
export function bySample(
  { reshape }: Builder,
  model: Classifier,
  value: string,
  dims: readonly number[],
): string {
  const folded = foldedIn(model);
  return folded ? reshape(value, [-1, folded.count, ...dims]) : value;
}

/** The values of samples `[N, images, ...]` as those of images: `[N x images, ...]`. */
export const byImage = (model: Classifier, { data, shape }: Tensor): Tensor => ({
  data,
  shape: foldedIn(model) ? [shape[0]! * shape[1]!, ...shape.slice(2)] : shape,
});

/** The lengths of the maps of samples of which each image has one of these positions. */
export function mapLengths(model: Classifier, count: number, positions: readonly number[]): number[] {
  const folded = foldedIn(model);
  return folded ? [count, ...folded.lengths, ...positions] : [count, 1, ...positions];
}

/** How the images of a sample lie in an input. */
interface Images {
  readonly count: number;
  /** How many positions each has. */
  readonly area: number;
  /** The image to which each plane of positions of the input belongs. */
  readonly ofPlane: readonly number[];
}

/** The images of a sample whose maps, at the input's resolution, have so many values together. */
export function imagesIn(model: Classifier, values: number): Images {
  const { shape } = model.input;
  const { count = 1, lengths = [] } = foldedIn(model) ?? {};
  const area = values / count;
  const place = (plane: number, axis: number) =>
    Math.floor(plane / sizeOf(shape.slice(axis + 1, lengths.length))) % shape[axis]!;
  const imageOf = (plane: number) =>
    lengths.reduce((image, length, axis) => (length > 1 ? image * length + place(plane, axis) : image), 0);
  const ofPlane = Array.from({ length: sizeOf(shape) / area }, (_, plane) => imageOf(plane));
  return { count, area, ofPlane };
}
