import { dataset } from '../../data/dataset.js';
import { drawnOnce } from '../drawing/drawing.js';
import { phantomOptions, readPhantoms, writePhantoms } from './write.js';

const version = 1;

/** Drawn chest radiographs as a data set; missing files are drawn first. */
export const phantom = dataset({
  name: 'phantom',
  title: 'Phantom: drawn chest radiographs with opacities',
  modality: 'chest radiography, drawn',
  source: 'drawn by Sightline',
  licence: 'MIT',
  citation: 'Sightline',
  access: 'drawn',
  version,
  expected: {},
  options: phantomOptions,
  defaults: {
    task: 'presence',
    image: { size: 128, channels: 1 },
    training: { epochs: 12, rate: 0.002, augment: 'flip,shift' },
  },
  layout: [
    'stage_2_train_images/<patientId>.dcm',
    'stage_2_train_labels.csv',
    'stage_2_detailed_class_info.csv (the layout of rsna-pneumonia)',
    'drawn.json (the options and the version of the generator)',
  ],
  async read(root, options, run) {
    await drawnOnce(root, { dataset: 'phantom', version, options }, 'stage_2_train_labels.csv', () =>
      writePhantoms(root, options, run),
    );
    return readPhantoms(root, run);
  },
});
