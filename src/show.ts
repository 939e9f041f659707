import { inputError } from './base/errors.js';
import { readBytesSync } from './base/files.js';
import { boxesOnInput, type Shown } from './data/geometry/shown.js';
import { type Agreement, agreementFigure } from './figures/agreement.js';
import { type ConservationOptions, conservationFigure, type NodeFlow } from './figures/conservation.js';
import { type CurveOptions, curvesFigure, type Epoch, lossFigure, type Series } from './figures/curves.js';
import { display, displayHtml } from './figures/display.js';
import type { Figure } from './figures/figure.js';
import {
  type GalleryOptions,
  galleryFigure,
  gridFigure,
  type Picture,
  type PicturesOptions,
  picturesFigure,
} from './figures/gallery.js';
import { type HeatmapOptions, heatmapFigure } from './figures/heatmap.js';
import { reliabilityFigure } from './figures/reliability.js';
import { type ScoreOptions, type ScoreRow, scoresFigure } from './figures/scores.js';
import { liveFigure, showFigure, showFigureWithPng } from './figures/show-figure.js';
import { type TableOptions, tableHtml } from './figures/table.js';
import { projectionsFigure, type SlicesOptions, slicesFigure } from './figures/volume.js';
import type { Tensor } from './tensor/tensor.js';

/** A map, or an object that holds one. */
export type Heat = Tensor | { readonly map: Tensor };

const mapOf = (heat: Heat): Tensor => ('map' in heat ? heat.map : heat);

const mapsOf = (heats: Readonly<Record<string, Heat>>): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(heats).map(([name, heat]) => [name, mapOf(heat)]));

const pictureOf = (sample: Shown): Picture => ({
  image: sample.image,
  boxes: boxesOnInput(sample),
  mask: sample.mask,
});

/** Figures of samples, maps, curves and tables by name, as data to show, change and export. */
export const draw = {
  /** A heatmap over the sample's image, with its boxes. */
  heatmap: (sample: Shown, heat: Heat, options?: HeatmapOptions): Figure =>
    heatmapFigure(sample.image, mapOf(heat), boxesOnInput(sample), options),
  /** Maps of several methods for one sample, side by side; keyed by method. */
  gallery: (sample: Shown, heats: Readonly<Record<string, Heat>>, options?: GalleryOptions): Figure =>
    galleryFigure(pictureOf(sample), mapsOf(heats), options),
  /** A row for each sample and a column for each method. */
  grid: (
    rows: readonly { readonly sample: Shown; readonly heats: Readonly<Record<string, Heat>> }[],
    options?: GalleryOptions,
  ): Figure =>
    gridFigure(
      rows.map(({ sample, heats }) => ({ ...pictureOf(sample), maps: mapsOf(heats) })),
      options,
    ),
  /** A sample's image with its boxes, and its mask as a tint. */
  sample: (sample: Shown, options?: PicturesOptions): Figure => picturesFigure([pictureOf(sample)], options),
  /** Several samples' images side by side. */
  samples: (samples: readonly Shown[], options?: PicturesOptions): Figure =>
    picturesFigure(samples.map(pictureOf), options),
  /** Any images side by side, with their boxes and masks. */
  pictures: (pictures: readonly Picture[], options?: PicturesOptions): Figure =>
    picturesFigure(pictures, options),
  /** The slices of a volume `[D, H, W]` in [0, 1] under a map, with a slider. */
  slices: (volume: Tensor, heat: Heat, options?: SlicesOptions): Figure =>
    slicesFigure(volume, mapOf(heat), options),
  /** Maximum-intensity projections of a volume and of its maps, a row for each method. */
  projections: (
    volume: Tensor,
    heats: Readonly<Record<string, Heat>>,
    options?: Omit<HeatmapOptions, 'quantity'>,
  ): Figure => projectionsFigure(volume, mapsOf(heats), options),
  /** Mean scores of methods, with confidence intervals. */
  scores: (rows: readonly ScoreRow[], options?: ScoreOptions): Figure => scoresFigure(rows, options),
  /** Training and validation loss by epoch. */
  loss: (history: readonly Epoch[], options?: CurveOptions): Figure => lossFigure(history, options),
  /** Line plots over one pair of axes. */
  curves: (series: readonly Series[], options?: CurveOptions): Figure => curvesFigure(series, options),
  /** The share of right answers over their confidence. */
  reliability: (series: Parameters<typeof reliabilityFigure>[0], options?: CurveOptions): Figure =>
    reliabilityFigure(series, options),
  /** Rank correlations of every two metrics, such as `agreement` of a benchmark. */
  agreement: (given: Agreement, options?: { title?: string }): Figure => agreementFigure(given, options),
  /** Relevance that each node received and kept. */
  conservation: (nodes: readonly NodeFlow[], options?: ConservationOptions): Figure =>
    conservationFigure(nodes, options),
} as const;

/** Shows the figure that `make` draws. */
const showing =
  <A extends unknown[]>(make: (...given: A) => Figure) =>
  (...given: A): void =>
    showFigure(make(...given));

type Table = Parameters<typeof tableHtml>[0];

function table(shown: Table, options?: TableOptions): void;
function table(shown: Promise<Table>, options?: TableOptions): Promise<void>;
function table(shown: Table | Promise<Table>, options?: TableOptions): void | Promise<void> {
  if (shown instanceof Promise) return shown.then((made) => displayHtml(tableHtml(made, options)));
  displayHtml(tableHtml(shown, options));
}

const pngSignature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

/** Shows a figure or table under a notebook cell, by the same names as `draw`. */
export const show = {
  heatmap: showing(draw.heatmap),
  gallery: showing(draw.gallery),
  grid: showing(draw.grid),
  sample: showing(draw.sample),
  samples: showing(draw.samples),
  pictures: showing(draw.pictures),
  slices: showing(draw.slices),
  projections: showing(draw.projections),
  scores: showing(draw.scores),
  loss: showing(draw.loss),
  curves: showing(draw.curves),
  reliability: showing(draw.reliability),
  conservation: showing(draw.conservation),
  agreement: showing(draw.agreement),
  /** Rows, one row, a danfojs frame, or a promise of these, as a table. */
  table,
  /** A PNG file of at most 64 MB. Throws an input error for any other. */
  image(path: string): void {
    const bytes = readBytesSync(path, 2 ** 26);
    if (!bytes.subarray(0, 8).equals(pngSignature)) throw inputError(`${path} is no PNG file`);
    display({ 'image/png': bytes.toString('base64') });
  },
  figure: showFigure,
  figureWithPng: showFigureWithPng,
  live: liveFigure,
  html: displayHtml,
} as const;
