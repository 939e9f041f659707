import { unsupported, usageError } from '../../base/errors.js';
import { either, type Option } from '../../base/options.js';
import { type Classifier, ownShape, placesOf } from '../../model/classifier.js';
import { felzenszwalb } from '../../tensor/felzenszwalb.js';
import { array } from '../../tensor/option.js';
import { slic } from '../../tensor/slic.js';
import { rows, sizeOf, type Tensor } from '../../tensor/tensor.js';

const words = ['auto', 'few', 'grid', 'each', 'slic', 'felzenszwalb'] as const;
type Word = (typeof words)[number];

/** A division by a rule: `number` is the number of superpixels of slic, or the scale of felzenszwalb. */
interface Rule {
  readonly word: Word;
  readonly number?: number;
}

type Box = readonly [x: number, y: number, width: number, height: number];

/** The division of an input into segments. */
export type Segments =
  | Rule
  | { readonly grid: readonly number[] }
  | { readonly boxes: readonly Box[] }
  | Tensor;

/** The default grid: rows and columns, or as many cells of a volume by depth, height and width. */
const usual = { 2: [8, 8], 3: [4, 4, 4] };
/** The grids of at most `FEW` cells. */
const coarse = { 2: [3, 3], 3: [2, 2, 2] };
/** The most players whose coalitions can all be tried: 65,536. */
export const FEW = 16;
const superpixels = 50;
/** The scale of felzenszwalb; a higher one makes larger segments. */
const scale = 100;

const named: Option<Segments, readonly number[] | readonly Box[] | string> = {
  doc: 'the parts: rows and columns of a grid (8,8 where it is just called so; of a volume d,h,w, usually 4,4,4), each pixel or feature by itself, superpixels with their number (slic,50), felzenszwalb with its scale (felzenszwalb,100), boxes, labels, or masks that may overlap; what no box or mask covers is one more part; auto is the grid for images and volumes, each feature for others; few is a grid of 3,3 or 2,2,2, or each of at most 16 features',
  accepts: `whole numbers of at least 1, one for each axis (8,8), or one of ${words.join(', ')}, or boxes [[x,y,width,height], ...]`,
  default: { word: 'auto' },
  read(given) {
    if (Array.isArray(given) && given.length > 0 && given.every(isBox)) return { boxes: given };
    const parts = Array.isArray(given) ? given : String(given).split(',');
    const numbers = parts.map(Number);
    const word = words.find((one) => one === parts[0]);
    if (word === 'slic' || word === 'felzenszwalb')
      return parts.length === 1
        ? { word }
        : parts.length === 2 && numbers[1]! >= 1 && numbers[1]! <= 1e5
          ? { word, number: numbers[1]! }
          : undefined;
    if (word) return parts.length === 1 ? { word } : undefined;
    const isGrid = parts.length === 2 || parts.length === 3;
    return isGrid && numbers.every((n) => Number.isInteger(n) && n >= 1) ? { grid: numbers } : undefined;
  },
};

const isBox = (given: unknown): given is Box =>
  Array.isArray(given) && given.length === 4 && given.every(Number.isFinite) && given[2] > 0 && given[3] > 0;

/** The option of segments with another default. */
export const segmentsByDefault = (usually: Segments): typeof segmentsOption => ({
  ...segmentsOption,
  default: usually,
});

export const segmentsOption: Option<Segments, Tensor | readonly number[] | readonly Box[] | string> = either(
  named,
  array({
    doc: '',
    accepts:
      'an array of labels, one for each pixel or for each value of a sample, or of masks [M,1,H,W] of 0 and 1',
  }),
);

/**
 * A sample divided into parts that share no position, and the players that they belong to. A part is absent
 * as soon as one of its players is.
 */
export interface Segmentation {
  /** The number of players. */
  readonly players: number;
  /** The part of each position `[1, H, W]`, also with a depth, or of each value of a sample. */
  readonly parts: Tensor<Int32Array>;
  /** The players of each part. */
  readonly members: readonly (readonly number[])[];
}

/** The segmentation of a sample `[1, ...]`. Throws a usage error for labels or masks of another shape. */
export function segmentationOf(
  segments: Segments,
  model: Pick<Classifier, 'input'>,
  sample: Tensor,
): Segmentation {
  const { shape, layout } = model.input;
  const whole = placesOf(model);
  const area = sizeOf(whole);
  const isSpace = layout !== 'other' || model.input.space === 2 || whole.length === 3;
  const places = isSpace ? [...Array<number>(shape.length - whole.length).fill(1), ...whole] : shape;
  const perPixel = (label: (pixel: number) => number) =>
    partition({
      data: Int32Array.from({ length: sizeOf(places) }, (_, i) => label(i % area)),
      shape: places,
    });
  if ('data' in segments) {
    const { data } = segments;
    if (segments.shape.length === shape.length + 1 && isMasks(segments, places))
      return overlapping(segments, places);
    if (data.length === sizeOf(shape)) return partition({ data: Int32Array.from(data), shape });
    if (data.length === area) return perPixel((pixel) => data[pixel]!);
    throw usageError(
      `option 'segments' has shape [${segments.shape}]; it takes a label for each pixel [${whole}] or each value [${ownShape(model.input)}], or masks [M,${places}]`,
    );
  }
  const [height, width] = whole.slice(-2) as [number, number];
  if ('boxes' in segments) {
    if (whole.length === 3)
      throw unsupported(
        `segments as boxes need images; the model takes [N,${ownShape(model.input)}] (masks do)`,
      );
    return overlapping(masksOf(segments.boxes, height, width), places);
  }
  const rule: Rule | undefined = 'word' in segments ? segments : undefined;
  const isLine = layout === 'other' && whole.length !== 3;
  if (rule?.word === 'each' || (isLine && (rule?.word === 'auto' || (rule?.word === 'few' && area <= FEW))))
    return perPixel((pixel) => pixel);
  if (rule?.word === 'slic' || rule?.word === 'felzenszwalb') {
    if (layout === 'other')
      throw unsupported(`segments '${rule.word}' need images; the model takes [N,${ownShape(model.input)}]`);
    const image = rows({ data: sample.data, shape }, 0, shape[0]!);
    const labels =
      rule.word === 'slic'
        ? slic(image, { segments: rule.number ?? superpixels })
        : felzenszwalb(image, { scale: rule.number ?? scale });
    return perPixel((pixel) => labels[pixel]!);
  }
  const grid =
    'grid' in segments ? segments.grid : (rule?.word === 'few' ? coarse : usual)[whole.length === 3 ? 3 : 2];
  if (grid.length !== whole.length)
    throw usageError(
      `option 'segments' has ${grid.length} lengths; the input's positions have ${whole.length} axes [${whole}]`,
    );
  return perPixel((pixel) => cellOf(pixel, whole, grid));
}

/** The cell of a position, in row-major order. */
function cellOf(pixel: number, whole: readonly number[], grid: readonly number[]): number {
  let [rest, cell, count] = [pixel, 0, 1];
  for (let axis = whole.length - 1; axis >= 0; axis--) {
    const length = whole[axis]!;
    cell += count * Math.floor(((rest % length) * grid[axis]!) / length);
    count *= grid[axis]!;
    rest = Math.floor(rest / length);
  }
  return cell;
}

/** Each part of its own player, numbered in the order of the labels. */
function partition({ data, shape }: Tensor<Int32Array>): Segmentation {
  const labels = [...new Set(data)].sort((a, b) => a - b);
  const numbers = new Map(labels.map((label, i) => [label, i]));
  return {
    players: labels.length,
    parts: { data: data.map((label) => numbers.get(label)!), shape },
    members: labels.map((_, i) => [i]),
  };
}

const isMasks = ({ data, shape }: Tensor, places: readonly number[]) =>
  shape.slice(1).join() === places.join() && data.every((value) => value === 0 || value === 1);

/** Masks of players that may overlap: each set of players that cover the same positions has one part. */
function overlapping({ data, shape }: Tensor, places: readonly number[]): Segmentation {
  const area = sizeOf(places);
  const count = shape[0]!;
  const sets = new Map<string, { readonly part: number; readonly members: readonly number[] }>();
  const parts = Int32Array.from({ length: area }, (_, pixel) => {
    const covering = Array.from({ length: count }, (_, i) => i).filter((i) => data[i * area + pixel] === 1);
    const members = covering.length > 0 ? covering : [count];
    const known = sets.get(members.join()) ?? { part: sets.size, members };
    sets.set(members.join(), known);
    return known.part;
  });
  const members = [...sets.values()].map((set) => set.members);
  const rest = members.some(([first]) => first === count);
  return { players: count + (rest ? 1 : 0), parts: { data: parts, shape: places }, members };
}

/** The masks of boxes in pixels, half-open; a pixel is in a box that holds its centre. */
function masksOf(boxes: readonly Box[], height: number, width: number): Tensor {
  const data = new Float32Array(boxes.length * height * width);
  for (const [i, [x, y, w, h]] of boxes.entries()) {
    for (let p = 0; p < height * width; p++) {
      const [u, v] = [(p % width) + 0.5, Math.floor(p / width) + 0.5];
      if (u >= x && u < x + w && v >= y && v < y + h) data[i * height * width + p] = 1;
    }
    if (!data.subarray(i * height * width, (i + 1) * height * width).includes(1))
      throw usageError(
        `option 'segments': box [${boxes[i]}] holds no pixel of an image of ${height}x${width}`,
      );
  }
  return { data, shape: [boxes.length, height, width] };
}
