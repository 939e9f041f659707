import { choice, integer, number, optional, text } from '../../base/options.js';
import { objectNames } from './objects.js';

/** What the class has nothing to do with, and what a classifier may use to see the lesion better. */
export const suppressors = ['none', 'exposure', 'scatter', 'wedge'] as const;

const objects = ['none', ...objectNames] as const;

export const clinicalOptions = {
  radiographs: optional(
    text({
      doc: 'Folder of the data set cxr-lungs, whose radiographs are the backgrounds; phantoms without it.',
      default: '',
    }),
  ),
  size: integer({ doc: 'Side of the images in pixels.', min: 32, max: 1024, default: 128 }),
  images: integer({
    doc: 'Number of images; each pair has one background, with and without a lesion.',
    min: 10,
    max: 1e6,
    default: 1000,
  }),
  radius: number({
    doc: "Mean radius of a lesion, as a share of the image's side.",
    min: 0.01,
    max: 0.5,
    default: 0.1,
  }),
  contrast: number({
    doc: 'What the middle of a lesion adds, where black to white is 1; negative ones are dark.',
    min: -1,
    max: 1,
    default: 0.4,
  }),
  spread: number({
    doc: 'How much radius and contrast vary from lesion to lesion, as a share of either.',
    min: 0,
    max: 0.9,
    default: 0.3,
  }),
  texture: number({ doc: "Spread of a lesion's density; 0 is smooth.", min: 0, max: 2, default: 0.3 }),
  suppressor: choice(suppressors, {
    doc: 'What changes the whole image whatever its class: its exposure; a gradient of scattered rays; or its exposure, which a step wedge at the edge shows.',
    default: 'none',
  }),
  nuisance: number({
    doc: 'Standard deviation of what the suppressor changes.',
    min: 0,
    max: 1,
    default: 0.1,
  }),
  confounder: choice(objects, {
    doc: 'An object that comes with the lesion, but is not of it.',
    default: 'none',
  }),
  tie: number({
    doc: 'Share of the images with a lesion that show the confounder, and of those without that do not.',
    min: 0.5,
    max: 1,
    default: 0.9,
  }),
  distractor: choice(objects, {
    doc: 'An object in half of the pairs, whatever the class.',
    default: 'none',
  }),
  seed: integer({ doc: 'Seed; each gives other images.', min: 0, default: 0 }),
};
