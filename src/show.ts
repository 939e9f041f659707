import { boxesOnInput, type Shown } from './data/geometry/shown.js';
import { type CurveOptions, type Epoch, lossFigure } from './figures/curves.js';
import { displayHtml } from './figures/display.js';
import { type GalleryOptions, galleryFigure, gridFigure } from './figures/gallery.js';
import { type HeatmapOptions, heatmapFigure } from './figures/heatmap.js';
import { type ScoreOptions, type ScoreRow, scoresFigure } from './figures/scores.js';
import { liveFigure, showFigure, showFigureWithPng } from './figures/show-figure.js';
import { type TableOptions, tableHtml } from './figures/table.js';
import type { Tensor } from './tensor/tensor.js';

/** A map, or what carries one. */
export type Heat = Tensor | { readonly map: Tensor };

const mapOf = (heat: Heat): Tensor => ('map' in heat ? heat.map : heat);

const mapsOf = (heats: Readonly<Record<string, Heat>>): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(heats).map(([name, heat]) => [name, mapOf(heat)]));

/** What a notebook shows under its cell. Each has a figure of the same name that can be exported. */
export const show = {
  /** A heatmap over the sample's image, with its boxes. */
  heatmap(sample: Shown, heat: Heat, options?: HeatmapOptions): void {
    showFigure(heatmapFigure(sample.image, mapOf(heat), boxesOnInput(sample), options));
  },
  /** Maps of several methods for one sample, side by side; keyed by method. */
  gallery(sample: Shown, heats: Readonly<Record<string, Heat>>, options?: GalleryOptions): void {
    const picture = { image: sample.image, boxes: boxesOnInput(sample) };
    showFigure(galleryFigure(picture, mapsOf(heats), options));
  },
  /** A row for each sample, a column for each method. */
  grid(
    rows: readonly { readonly sample: Shown; readonly heats: Readonly<Record<string, Heat>> }[],
    options?: GalleryOptions,
  ): void {
    const pictures = rows.map(({ sample, heats }) => ({
      image: sample.image,
      boxes: boxesOnInput(sample),
      maps: mapsOf(heats),
    }));
    showFigure(gridFigure(pictures, options));
  },
  /** Methods by their scores, with confidence intervals. */
  scores(rows: readonly ScoreRow[], options?: ScoreOptions): void {
    showFigure(scoresFigure(rows, options));
  },
  /** Training and validation loss by epoch. */
  loss(history: readonly Epoch[], options?: CurveOptions): void {
    showFigure(lossFigure(history, options));
  },
  /** Rows, one row, or a danfojs frame, as a table. */
  table(table: Parameters<typeof tableHtml>[0], options?: TableOptions): void {
    displayHtml(tableHtml(table, options));
  },
  figure: showFigure,
  figureWithPng: showFigureWithPng,
  live: liveFigure,
  html: displayHtml,
} as const;
