import { unsupported } from '../base/errors.js';
import type { Figure } from '../figures/figure.js';
import { gridFigure } from '../figures/gallery.js';
import { heatmapFigure } from '../figures/heatmap.js';
import { projectionsFigure, slicesFigure } from '../figures/volume.js';
import { pickedAxis } from '../model/axes.js';
import type { Classifier } from '../model/classifier.js';
import { borderOf } from '../model/input/border.js';
import { foldedIn } from '../model/maps/folded.js';
import { channelsFirst } from '../tensor/channels.js';
import { reduceChannels } from '../tensor/reduce.js';
import { rows, sizeOf, type Tensor } from '../tensor/tensor.js';

/** File formats of a picture, by extension. */
export const pictureFormats = ['.png', '.svg', '.pdf', '.html'];

/** The maps of a batch, and the ending of the file that their picture is written to. */
interface Pictured {
  readonly model: Classifier;
  readonly method: string;
  readonly input: Tensor;
  readonly map: Tensor;
  readonly ending: string;
}

/**
 * The maps `[N, C, H, W]` of a batch over their images, a row for each sample. An image's values are shown
 * from its least to its greatest. A volume is shown by projections, in a page (`.html`) by its slices; of a
 * sample of several images (views, instances of a bag) each has a row. Throws where the model's input is
 * neither a volume nor images of one or three channels.
 */
export function mapsFigure(given: Pictured): Figure {
  const count = imagesApart(given);
  const explained = count === 1 ? given : apart(given, count);
  const { model, method, input, map } = explained;
  const { layout } = model.input;
  if (layout === 'other' && input.shape.length === 5) return volumesFigure(explained);
  const [images, maps] = layout === 'NHWC' ? [channelsFirst(input), mapFirst(map, input)] : [input, map];
  const channels = images.shape[1]!;
  if (images.shape.length !== 4 || maps.shape.length !== 4 || (channels !== 1 && channels !== 3))
    throw unsupported(
      `a map of the input [${input.shape}] can't be drawn: a picture is of images with one or three channels; write .npy`,
    );
  const label = (row: number) =>
    `${input.shape[0]! > count ? `sample ${Math.floor(row / count) + 1}, ` : ''}image ${(row % count) + 1}`;
  const cells = Array.from({ length: images.shape[0]! }, (_, i) => ({
    ...(count > 1 && { label: label(i) }),
    image: stretched(sampleOf(images, i)),
    map: sampleOf(maps, i),
  }));
  const [one, ...others] = cells;
  if (others.length === 0) return heatmapFigure(one!.image, one!.map, [], { title: method });
  return gridFigure(cells.map(({ map, ...cell }) => ({ ...cell, maps: { [method]: map } })));
}

/**
 * How many images a sample holds one after another; 1 where these are slices behind their channels. Throws
 * where the network picks them one by one and the map is that of a layer of one of them.
 */
function imagesApart({ model, input, map }: Pictured): number {
  const { images = 1, picked, space, name } = model.input;
  if (picked && space === 2 && pickedAxis(model.graph, name) === 1) {
    if (isOfInput(map, input)) return images;
    throw unsupported(
      `a map [${map.shape}] of one of the ${images} images [${model.input.shape}] of a sample can't be drawn: the file does not tell of which; write .npy`,
    );
  }
  const { count = 1, lengths = [], image } = foldedIn(model) ?? {};
  return lengths[0] === count && image?.input.space === 2 ? count : 1;
}

/** The images of samples as samples of their own. */
function apart({ input, map, ...explained }: Pictured, images: number): Pictured {
  const places = input.shape.slice(-2);
  const rows = input.shape[0]! * images;
  const each = ({ data }: Tensor) => ({
    data,
    shape: [rows, data.length / rows / sizeOf(places), ...places],
  });
  return { ...explained, input: each(input), map: each(map) };
}

function volumesFigure({ model, method, input, map, ending }: Pictured): Figure {
  if (input.shape[0] !== 1)
    throw unsupported(`a picture is of one volume; the input holds ${input.shape[0]} (write .npy)`);
  const { inner } = borderOf(model);
  const grey = reduceChannels(inner(input), 'mean');
  const volume = stretched({ data: grey.data, shape: grey.shape.slice(2) });
  const shown = isOfInput(map, input) ? inner(map) : map;
  return ending === '.html'
    ? slicesFigure(volume, shown, { title: method })
    : projectionsFigure(volume, { [method]: shown }, { title: method });
}

/** A map in the input's layout has its channels moved; a class activation map `[N, 1, h, w]` has not. */
const mapFirst = (map: Tensor, input: Tensor) => (isOfInput(map, input) ? channelsFirst(map) : map);

const isOfInput = (map: Tensor, input: Tensor): boolean => map.shape.join() === input.shape.join();

function sampleOf(batch: Tensor, i: number): Tensor {
  const { data, shape } = rows(batch, i, i + 1);
  return { data, shape: shape.slice(1) };
}

function stretched({ data, shape }: Tensor): Tensor {
  const low = data.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = data.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return { data: data.map((value) => (value - low) / (high - low || 1)), shape };
}
