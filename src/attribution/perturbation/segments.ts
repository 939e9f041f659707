import { usageError } from '../../base/errors.js';
import { choice, either, type Option } from '../../base/options.js';
import { type Classifier, imageShape } from '../../model/classifier.js';
import { array } from '../../tensor/option.js';
import { sizeOf, type Tensor } from '../../tensor/tensor.js';

/** The division of an input into segments: grid cells, single pixels (or features), or given labels. */
export type Segments = (typeof words)[number] | readonly [number, number] | Tensor;

const words = ['auto', 'grid', 'each'] as const;
/** The default number of rows and columns of the grid. */
const usual = [8, 8] as const;

const grid: Option<readonly [number, number], readonly number[] | string> = {
  doc: 'the parts: rows and columns of a grid (8,8 where it is just called so), each pixel or feature by itself, or labels; auto is the grid for images, each feature for others',
  accepts: 'two whole numbers of at least 1 (8,8)',
  default: usual,
  read(given) {
    const parts = (Array.isArray(given) ? given : String(given).split(',')).map(Number);
    const [rows, columns] = parts;
    return parts.length === 2 && parts.every((n) => Number.isInteger(n) && n >= 1)
      ? [rows!, columns!]
      : undefined;
  },
};

export const segmentsOption: Option<Segments, Segments | readonly number[] | string> = {
  ...either(
    either(grid, choice(words, { doc: '', default: 'auto' })),
    array({ doc: '', accepts: 'an array of labels, one for each pixel or for each value of a sample' }),
  ),
  default: 'auto',
};

/**
 * The segment index of each value of a sample, numbered from 0 in order of first occurrence. Throws a usage
 * error for labels of another shape.
 */
export function partsOf(
  segments: Segments,
  model: Pick<Classifier, 'input'>,
): { parts: Int32Array; count: number } {
  const size = sizeOf(model.input.shape);
  const label = labels(segments, model);
  const numbers = new Map<number, number>();
  const parts = Int32Array.from({ length: size }, (_, i) => {
    const own = label(i);
    if (!numbers.has(own)) numbers.set(own, numbers.size);
    return numbers.get(own)!;
  });
  return { parts, count: numbers.size };
}

function labels(segments: Segments, model: Pick<Classifier, 'input'>): (i: number) => number {
  const { height, width } = imageShape(model);
  const at = (i: number) => i % (height * width);
  if (segments === 'each' || (segments === 'auto' && model.input.layout === 'other')) return at;
  if (typeof segments === 'object' && 'data' in segments) {
    const { data, shape } = segments;
    if (data.length === sizeOf(model.input.shape)) return (i) => data[i]!;
    if (data.length === height * width) return (i) => data[at(i)]!;
    throw usageError(
      `option 'segments' has shape [${shape}]; it takes a label for each pixel [${height},${width}] or each value [${model.input.shape}]`,
    );
  }
  const [rows, columns] = typeof segments === 'string' ? usual : segments;
  return (i) => {
    const [y, x] = [Math.floor(at(i) / width), at(i) % width];
    return Math.floor((y * rows) / height) * columns + Math.floor((x * columns) / width);
  };
}
