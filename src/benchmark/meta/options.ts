import { choice, integer, number, optional, text } from '../../base/options.js';

/** Options of a meta-evaluation. The sizes of noise are those of Hedström et al. 2023 for small images. */
export const metaOptions = {
  metrics: optional(
    text({ doc: "metrics by name, separated by commas, or all; the run's by default", default: '' }),
  ),
  methods: optional(
    text({
      doc: 'methods by name, separated by commas; the four of the run that took least time by default, without baselines',
      default: '',
    }),
  ),
  images: integer({ doc: 'most images of the run to disturb', default: 12, min: 2 }),
  repeats: integer({ doc: 'draws of each disturbance', default: 3, min: 1 }),
  inputNoise: number({ doc: 'minor noise on intensities from 0 to 1', default: 0.001, min: 0 }),
  inputDisruption: number({ doc: 'disruptive noise on intensities', default: 1, min: 0 }),
  modelNoise: number({ doc: 'minor noise on weights, as a part of each', default: 0.001, min: 0 }),
  modelDisruption: number({ doc: 'disruptive noise on weights', default: 2, min: 0 }),
  explained: choice(['disturbed', 'original'], {
    doc: 'which image is explained where images are disturbed: the one that is scored, or the one without noise (MetaQuantus)',
    default: 'disturbed',
  }),
  seed: integer({ doc: 'of the noise', default: 0, min: 0, max: 4294967295 }),
};
