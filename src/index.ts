// What a notebook imports from 'sightline'.

// Data: archives of annotated images, and the classification tasks that are made of them.

export { type DatasetRequest, loadDataset, openArchive } from './benchmark/dataset.js';
export { audit, drawSheets } from './data/audit/index.js';
export { datasets, readArchive } from './data/datasets/catalogue.js';
export { type DecodedImage, decodeFile, decodeVolume } from './data/decode/index.js';
export { forwardBox } from './data/geometry/index.js';
export { inspectionTable, inspectPrepared, openPrepared, prepare } from './data/prepare/index.js';
export { withSizes } from './data/prepare/sizes.js';
export type { Archive, Box, ImageRecord } from './data/record.js';
export { reformulate, reformulations } from './data/reformulate/index.js';
export type { Sample, Task } from './data/sample.js';
export { assignSplits } from './data/split/index.js';

// Models: trained here or elsewhere, and what runs them.

export { type Layer, layerGradient, layers, outputFromLayer } from './api/layers.js';
export { loadModel, modelOf, testRates, trainModel } from './api/model.js';
export type { Engine, Program } from './engine/engine.js';
export { type EngineName, openEngine } from './engine/index.js';
export { architectures } from './model/architectures/registry.js';
export type { Classifier } from './model/classifier.js';
export { modelInput } from './model/input/input.js';
export { volumeInput } from './model/input/volume.js';
export { type LoadOptions, loadClassifier } from './model/load.js';
export { predict } from './model/predict.js';
export { parseTarget, type Target } from './model/target.js';
export { type Calibration, type Reliability, reliabilityOf } from './model/training/calibration.js';
export type { RateTest } from './model/training/find-rate.js';
export { type Trained, train } from './model/training/train.js';

// Explaining: a map of one sample, or of a batch.

export { explain, type Heat, predictSample } from './api/explain.js';
export { inputsFigure } from './api/inputs.js';
export { prototypePanels, prototypeTree } from './api/prototypes.js';
export { attribute, type Explained } from './attribution/attribute.js';
export { methods } from './attribution/index.js';
export type { Flaws } from './attribution/notes.js';
export { type NodeRelevance, relevanceReport } from './attribution/relevance/report.js';
export { type PrototypeScores, prototypeScores } from './benchmark/prototype-scores.js';

// Scoring: does a map point where the pathology is, and can it be trusted?

export { type ScoreTableRow, score, scoreAll } from './api/score.js';
export {
  detectionOf,
  heatBoxes,
  metrics,
  scoreArrays,
  scoreMap,
  tuneThreshold,
} from './evaluation/index.js';

// Benchmark: many methods on many images, with intervals and a report.

export { type BenchmarkSettings, benchmark } from './api/benchmark.js';
export { type GroundTruth, type GroundTruthSettings, groundTruth } from './api/ground-truth.js';
export { type DefinedImportance, importance } from './api/importance.js';
export { scorecards } from './api/scorecards.js';
export { type ShortcutSettings, shortcutAudit } from './api/shortcut.js';
export { type TuneSettings, tune } from './api/tune.js';
export { compareRuns } from './benchmark/compare.js';
export { greyMetrics, summaryRows } from './benchmark/conclusions.js';
export type { BenchmarkResult } from './benchmark/rows.js';
export { markedImage } from './benchmark/shortcut/marker.js';
export { strataOf } from './benchmark/strata.js';
export { criticalDifferenceSvg } from './figures/critical-difference.js';
export { writeReport } from './report/report.js';
export { clusterBootstrap } from './statistics/bootstrap.js';
export { distanceCorrelation, kolmogorovSmirnov, mutualInformation } from './statistics/dependence.js';
export { friedman, nemenyi } from './statistics/friedman.js';
export { kendall } from './statistics/kendall.js';
export { powerText } from './statistics/power.js';
export { mannWhitney, welch } from './statistics/two-samples.js';
export { wilcoxon } from './statistics/wilcoxon.js';

// The literature: works, data sets, tools and guidelines as tables, and references for what was used.

export { citationsOf } from './literature/cite.js';
export { citeAs } from './literature/cite-as.js';
export {
  familiesByModality,
  familiesByYear,
  metricsByYear,
  type WorkCounts,
} from './literature/counts.js';
export type { Reference } from './literature/csl.js';
export { type Literature, loadLiterature, type Work } from './literature/literature.js';
export { worksOf } from './literature/works-of.js';

// Figures: shown under a cell, drawn as data, or written as files.

export { findChromium } from './base/machine.js';
export { type Agreement, agreementFigure } from './figures/agreement.js';
export { conservationFigure } from './figures/conservation.js';
export { curvesFigure, lossFigure } from './figures/curves.js';
export { evidenceSvg } from './figures/evidence.js';
export { exportFigure, exportFigures } from './figures/export.js';
export type { Figure } from './figures/figure.js';
export { galleryFigure, gridFigure, type Picture, picturesFigure } from './figures/gallery.js';
export { heatmapFigure } from './figures/heatmap.js';
export { reliabilityFigure } from './figures/reliability.js';
export { scoresFigure } from './figures/scores.js';
export { frameOf, tableHtml } from './figures/table.js';
export { projectionsFigure, slicesFigure } from './figures/volume.js';
export { draw, show } from './show.js';

// One's own methods, metrics, data sets and networks, and their options.

export { type Attribution, type Method, method, type Request } from './attribution/method.js';
export {
  choice,
  either,
  flag,
  integer,
  number,
  type Option,
  optional,
  readOptions,
  searched,
  text,
} from './base/options.js';
export { type Dataset, dataset } from './data/dataset.js';
export { type Metric, metric, type Score, type Scored, undefinedScore } from './evaluation/metric/metric.js';
export { type Architecture, architecture } from './model/architectures/architecture.js';
export * as network from './model/architectures/layers.js';

// What is below: arrays, graphs, random numbers, and long work that can be stopped.

export { permutation, type Random, seededRandom } from './base/random.js';
export { checkpoint, type Progress, quietly, type RunContext } from './base/run.js';
export { progressHere, runHere } from './figures/here.js';
export * as graph from './graph/tools.js';
export { gaussianBlur } from './tensor/blur.js';
export { channelsFirst } from './tensor/channels.js';
export { readNpy, writeNpy } from './tensor/npy.js';
export { resizeBilinear, resizeNearest } from './tensor/resize.js';
export { concatenate, rows, type Tensor, tensor, zeros } from './tensor/tensor.js';
