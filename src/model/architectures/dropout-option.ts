import { number } from '../../base/options.js';

export const dropoutOption = number({
  doc: 'share of features dropped before the last layer in training',
  min: 0,
  max: 0.95,
  default: 0,
});
