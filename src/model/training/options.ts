import { choice, flag, integer, number, type Option, type OptionValues, text } from '../../base/options.js';
import { architectures } from '../architectures/registry.js';
import { normalisationOption, type StatedNormalisation } from '../normalisation.js';
import { augmentOption } from './augment/parse.js';
import { mixings } from './mixing/registry.js';
import { optimisers } from './optimisers/registry.js';
import { samplers } from './sampling/registry.js';
import { schedules } from './schedules/registry.js';
import type { ClassWeights } from './targets.js';
import { type Views, viewsOf } from './views.js';

const classWeightsOption: Option<ClassWeights, ClassWeights | string> = {
  doc: 'weights of the classes in the loss: balanced makes up for unequal numbers',
  accepts: 'none, balanced, or a positive number for each class (1,2.5)',
  default: 'none',
  read(given) {
    if (given === 'none' || given === 'balanced') return given;
    const parts =
      typeof given === 'string' ? given.split(',').map((part) => Number(part.trim() || Number.NaN)) : given;
    return Array.isArray(parts) && parts.every((part) => part > 0 && part < Infinity) ? parts : undefined;
  },
};

/** What the members of a registry do, for the help of an option. */
const said = (members: Readonly<Record<string, { readonly name: string; readonly doc: string }>>) =>
  Object.values(members)
    .map(({ name, doc }) => `${name} ${doc}`)
    .join('; ');

const statedNormalisation: Option<StatedNormalisation> = {
  doc: 'how images are normalised: auto as the file says that --backbone or --weights names, or by mean and standard deviation of the training images where nothing says it',
  accepts: `auto, ${normalisationOption.accepts}`,
  default: 'auto',
  read: (given) => (given === 'auto' ? given : normalisationOption.read(given)),
};

/** The options of training; those of the chosen architecture are merged with them. */
export const trainingOptions = {
  architecture: choice(Object.keys(architectures), {
    doc: 'the network',
    default: 'resnet-small',
  }),
  weights: text({
    doc: "file of weights to begin with: an .npz of arrays with the names of the network's parameters, as torchvision's state_dict has for the networks with its names, or an .onnx with these initializers; a last layer of other classes is drawn anew; none by default",
    default: '',
  }),
  normalisation: statedNormalisation,
  epochs: integer({ doc: 'times that every training image is seen', min: 1, max: 100000, default: 20 }),
  batch: integer({ doc: 'most images in one step', min: 1, max: 4096, default: 32 }),
  rate: number({ doc: 'learning rate', min: 0, max: 100, default: 1e-3 }),
  schedule: choice(Object.keys(schedules), {
    doc: `how the rate changes: ${said(schedules)}`,
    default: 'cosine',
  }),
  warmup: number({
    doc: 'epochs in which the rate grows to its full height',
    min: 0,
    max: 1000,
    default: 0.5,
  }),
  optimiser: choice(Object.keys(optimisers), { doc: 'how the weights move', default: 'adamw' }),
  momentum: number({ doc: 'momentum of sgd', min: 0, max: 0.9999, default: 0.9 }),
  decay: number({ doc: 'weight decay of convolution and linear weights', min: 0, max: 10, default: 1e-4 }),
  average: number({
    doc: 'the weights that are tested and stored are a moving average, of which so much is kept in each step (0.99); 0 takes the last ones',
    min: 0,
    max: 0.99999,
    default: 0,
  }),
  focus: number({
    doc: 'exponent of the focal loss, which gives less weight to what is told right already; 0 is the cross-entropy',
    min: 0,
    max: 10,
    default: 0,
  }),
  share: number({
    doc: 'share of the training patients whose images are trained on, for a learning curve: a larger one holds all of a smaller one',
    min: 0.001,
    max: 1,
    default: 1,
  }),
  sampling: choice(Object.keys(samplers), {
    doc: `which training images an epoch shows: ${said(samplers)}`,
    default: 'all',
  }),
  smoothing: number({ doc: 'label smoothing', min: 0, max: 0.99, default: 0 }),
  classWeights: classWeightsOption,
  augment: augmentOption,
  mix: choice(['none', ...Object.keys(mixings)], {
    doc: `how each training image is mixed with another one of its step, and its label by the same shares: none; ${said(mixings)}`,
    default: 'none',
  }),
  hide: number({
    doc: 'probability that random parts of a training image are hidden behind the mean that images are normalised by, so that the model takes it for missing information; 0 hides nothing',
    min: 0,
    max: 1,
    default: 0.1,
  }),
  shuffleLabels: flag({
    doc: "give the training images each other's labels at random: what such a network shows was not learned from labels",
    default: false,
  }),
  monitor: choice(['loss', 'accuracy', 'balanced-accuracy', 'auroc', 'dice'], {
    doc: 'what of the validation images says which epoch is best; auroc is of classifiers, dice of segmentation networks',
    default: 'loss',
  }),
  patience: integer({
    doc: 'epochs without a better one after which training stops; 0 never stops',
    min: 0,
    max: 100000,
    default: 0,
  }),
  views: choice(Object.keys(viewsOf) as Views[], {
    doc: 'views of each validation and test image whose raw outputs are averaged: mirror adds the image left to right, flips also top to bottom and both, turns also these transposed; the stored network reads the image alone',
    default: 'none',
  }),
  seed: integer({ doc: 'makes first weights, order and augmentation', min: 0, max: 4294967295, default: 0 }),
};

export type TrainingOptions = OptionValues<typeof trainingOptions>;
