import { readOptions } from '../../base/options.js';
import type { Architecture } from '../architectures/architecture.js';
import { architectureOf } from '../architectures/registry.js';
import { trainingOptions } from './options.js';

/** All options of training with `architecture`. */
export const optionsWith = (architecture: string | Architecture) => {
  const { options } = architectureOf(architecture);
  return { ...trainingOptions, ...options };
};

/** The architecture that the option `architecture` names or contains. */
export function networkFor(given: unknown): Architecture {
  if (isArchitecture(given)) return architectureOf(given);
  const { architecture } = trainingOptions;
  return architectureOf(readOptions({ architecture }, { architecture: given }, 'training').architecture);
}

const isArchitecture = (given: unknown): given is Architecture =>
  typeof given === 'object' && given !== null && 'build' in given;
