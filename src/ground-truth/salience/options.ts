import type { MethodName } from '../../attribution/index.js';
import type { Method } from '../../attribution/method.js';
import { choice, flag, integer, number, optional, text } from '../../base/options.js';
import { benchmarkOptions, type Wanted } from '../../benchmark/plan.js';
import { corners } from '../../benchmark/shortcut/marker.js';

const usual = [
  ...['gradient', 'input-x-gradient', 'smoothgrad', 'integrated-gradients', 'guided-backprop', 'deeplift'],
  ...['lrp', 'gradcam', 'occlusion', 'random', 'sobel', 'laplace', 'input'],
].join(',');

/** Options of a salience control, in addition to those of the data set, the task and the training. */
export const salienceOptions = {
  methods: { ...benchmarkOptions.methods, default: usual as Wanted<Method, MethodName> },
  models: integer({
    doc: 'models of each kind of training, and as many with random weights',
    default: 3,
    min: 1,
    max: 100,
  }),
  explain: integer({
    doc: 'most test images to explain, each with the watermark and without',
    default: 24,
    min: 2,
  }),
  samples: benchmarkOptions.samples,
  tie: number({
    doc: 'share of the class that carries a tied watermark, and of the other classes that do not',
    default: 0.9,
    min: 0.5,
    max: 1,
  }),
  class: optional(
    text({ doc: 'the class that a watermark is tied to; the last one by default', default: '' }),
  ),
  corner: choice(corners, { doc: 'where the watermark stands', default: 'bottom-left' }),
  markerSize: number({
    doc: "side of the watermark as a part of the image's shorter side",
    default: 0.15,
    min: 0.02,
    max: 0.4,
  }),
  invert: flag({
    doc: 'whether black and white are exchanged in all images, before the watermark is drawn',
    default: false,
  }),
  seed: benchmarkOptions.seed,
  precision: benchmarkOptions.precision,
};
