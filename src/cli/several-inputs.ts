import { usageError } from '../base/errors.js';
import type { Option } from '../base/options.js';
import type { Graph, Value } from '../graph/graph.js';
import { tidy } from '../graph/tidy.js';
import { layoutRead } from '../model/axes.js';
import type { Classifier } from '../model/classifier.js';
import { normalisedImage } from '../model/input/input.js';
import type { LoadOptions } from '../model/load.js';
import { normalisationOf, normalisationText, pixelEnds } from '../model/normalisation.js';
import { pixelRangeOf } from '../model/pixel-range.js';
import type { InputArrays } from '../model/several-inputs.js';
import { channelsLast } from '../tensor/channels.js';
import { readNpy } from '../tensor/npy.js';
import { type Tensor, tensor, toFloat32 } from '../tensor/tensor.js';
import type { Call } from './command.js';
import { type FitFlags, fitted } from './fit.js';
import { readPicture } from './read-picture.js';

/** An option that may be given several times. */
export const words = ({ doc }: { readonly doc: string }): Option<readonly string[], string> => ({
  doc,
  accepts: 'text, any number of times',
  default: [],
  read: (given) => [given].flat().map(String),
});

/** The files or numbers of several inputs, given as `name=value`; nothing where one plain path is given. */
export function namedInputs(
  given: readonly string[],
  hold: readonly string[],
): Readonly<Record<string, string>> | undefined {
  const pairs = given.map((word) => /^([^=]+)=(.+)$/s.exec(word));
  if (given.length === 1 && (!pairs[0] || !/\.npy$|^[-+.,\de]+$/.test(pairs[0][2]!))) {
    if (hold.length === 0) return undefined;
    throw usageError(
      `--hold got '${hold[0]}', and --input one file; a model of several inputs takes name=value for each`,
    );
  }
  const wrong = given.find((_, i) => !pairs[i]);
  if (wrong !== undefined)
    throw usageError(`--input got '${wrong}'; where it is given several times it takes name=value`);
  const names = pairs.map((pair) => pair![1]!);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw usageError(`--input ${twice} is given twice`);
  return Object.fromEntries(pairs.map((pair) => [pair![1], pair![2]]));
}

/** Files that are decoded as images. */
const isPicture = (path: string) => /\.(png|jpe?g|tiff?|bmp|pgm|dcm|dicom)$/i.test(path);

/**
 * Reads what inputs of a model get: an array `[N, ...]` of a .npy file, numbers, which are one sample for
 * all, or an image file at the input's size, normalised as stated. Throws where a value is none of these, or
 * where an image is given to an input that takes none.
 */
export async function readInputs(
  given: Readonly<Record<string, string>>,
  graph: Graph,
  asked: Pick<LoadOptions, 'normalisation'> & FitFlags,
  call: Pick<Call<unknown>, 'run' | 'warn'>,
): Promise<InputArrays> {
  const read = await Promise.all(
    Object.entries(given).map(async ([name, value]) => {
      if (value.endsWith('.npy')) return [name, toFloat32(await readNpy(value))] as const;
      const input = graph.inputs.find((one) => one.name === name);
      if (input && isPicture(value)) {
        const warn = (doubt: string) => call.warn(`${value}: ${doubt}`);
        const taken = takenBy(graph, input, asked);
        if (taken.normalisedBy === 'graph') warn(`is given as ${normalisationText(taken)}`);
        const told = { signal: call.run.signal, warn, isStated: false, ends: pixelEnds(taken) };
        return [name, pictureFor(await readPicture(value, told), taken, asked, warn)] as const;
      }
      const numbers = value.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
      if (!numbers.every(Number.isFinite))
        throw usageError(
          `--input ${name} got '${value}'; it takes a .npy file [N, ...], an image or DICOM file, or numbers (63 or 0.5,1)`,
        );
      return [name, tensor(Float32Array.from(numbers), [1, numbers.length])] as const;
    }),
  );
  return Object.fromEntries(read);
}

/** The numbers of channels that images have. */
const channelCounts = [1, 3, 4];

/** What an input of images takes: their axes without the batch, their layout and how they are normalised. */
interface Taken extends Pick<Classifier['input'], 'normalisation' | 'normalisedBy'> {
  readonly channels: number;
  /** Height and width, where the model does not leave them open. */
  readonly sides: readonly unknown[];
  readonly last: boolean;
  /** Whether the lengths alone tell the layout. */
  readonly byLengths: boolean;
}

/** How an input of a model takes an image: as is stated, or as its graph normalises pixels itself. */
function takenBy(graph: Graph, input: Value, { normalisation }: Pick<LoadOptions, 'normalisation'>): Taken {
  const { name, shape } = input;
  const axes = axesOf(graph, input);
  if (!axes || !channelCounts.includes(axes.channels))
    throw usageError(
      `--input ${name}: the input [${shape ?? '?'}] takes no image; give a .npy file or numbers`,
    );
  const pixels = pixelsOf(graph, input);
  const found = normalisationOf(`--input ${name}`, axes.channels, normalisation, undefined, pixels);
  if (found.normalisedBy === undefined)
    throw usageError(
      `--input ${name}: nothing tells how an image is normalised; give --mean and --std, or --normalisation`,
    );
  return { ...found, ...axes };
}

/** The axes of an input of images, by the graph or by their lengths; nothing of another input. */
function axesOf(
  graph: Graph,
  { name, shape }: Value,
): Omit<Taken, 'normalisation' | 'normalisedBy'> | undefined {
  const [, ...lengths] = shape ?? [];
  if (lengths.length !== 3) return undefined;
  const read = layoutRead(tidy(graph).graph, name);
  if (read === 'other') return undefined;
  const isCount = (axis: number) => channelCounts.includes(Number(lengths[axis]));
  const last = read === undefined ? !isCount(0) && isCount(2) : read === 'NHWC';
  const channels = Number(lengths[last ? 2 : 0]);
  if (!(channels > 0) || (read === undefined && !channelCounts.includes(channels))) return undefined;
  return { channels, sides: last ? lengths.slice(0, 2) : lengths.slice(1), last, byLengths: !read };
}

const pixelsOf = (graph: Graph, { name, type }: Value) =>
  type === 'uint8' ? '0-255' : pixelRangeOf(tidy(graph).graph, name);

/** How an input of a model takes an image file, as far as the model tells it; nothing where it takes none. */
export function imageFacts(graph: Graph, input: Value) {
  const axes = axesOf(graph, input);
  const isOther = input.shape?.length === 4 && layoutRead(tidy(graph).graph, input.name) === 'other';
  if (!axes) return isOther ? { layout: 'other' } : {};
  const pixels = pixelsOf(graph, input);
  const { normalisation, normalisedBy } = normalisationOf(
    input.name,
    axes.channels,
    undefined,
    undefined,
    pixels,
  );
  return {
    layout: `${axes.last ? 'NHWC' : 'NCHW'}${axes.byLengths ? ', by its lengths' : ''}`,
    normalisation: normalisedBy ? { ...normalisation, by: normalisedBy } : 'not told by the file',
  };
}

/** An image `[C, H, W]` as the input of a model takes it. */
function pictureFor(
  image: Tensor,
  { channels, sides: [height, width], last, normalisation }: Taken,
  asked: FitFlags,
  warn: (doubt: string) => void,
): Tensor {
  const sides = { height: Number(height) || image.shape[1]!, width: Number(width) || image.shape[2]! };
  const made = normalisedImage(fitted(image, sides, asked, warn), { channels, ...sides }, normalisation);
  return last ? channelsLast(made, 2) : made;
}
