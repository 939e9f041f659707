import type { MethodName } from '../../attribution/index.js';
import type { Method } from '../../attribution/method.js';
import { choice, integer, number, optional, text } from '../../base/options.js';
import { benchmarkOptions, type Wanted } from '../plan.js';
import { corners } from './marker.js';

/** Quick methods of every family, and the baselines. */
const usual = [
  ...['gradient', 'input-x-gradient', 'smoothgrad', 'integrated-gradients', 'guided-backprop', 'deeplift'],
  ...['lrp', 'gradcam', 'layercam', 'occlusion', 'random', 'centre', 'sobel', 'input'],
].join(',');

/** Options of a shortcut audit, in addition to those of the data set, the task and the training. */
export const shortcutOptions = {
  methods: { ...benchmarkOptions.methods, default: usual as Wanted<Method, MethodName> },
  explain: integer({ doc: 'most test images to explain, of all classes', default: 24, min: 2 }),
  samples: benchmarkOptions.samples,
  share: number({
    doc: 'share of the training images of the class that carry the marker',
    default: 0.9,
    min: 0,
    max: 1,
  }),
  class: optional(text({ doc: 'the class that carries the marker; the last one by default', default: '' })),
  corner: choice(corners, { doc: 'where the marker stands', default: 'bottom-left' }),
  markerSize: number({
    doc: "side of the marker as a part of the image's shorter side",
    default: 0.12,
    min: 0.02,
    max: 0.4,
  }),
  seed: benchmarkOptions.seed,
  precision: benchmarkOptions.precision,
};
