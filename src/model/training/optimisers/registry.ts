import { lookUp } from '../../../base/names.js';
import { registryOf } from '../../../base/registry.js';
import * as all from './index.js';
import type { Optimiser } from './optimiser.js';

/** Every optimiser by its name. */
export const optimisers = registryOf(all);

/** An optimiser by its name. */
export const optimiserOf = (name: string): Optimiser => lookUp<Optimiser>(optimisers, name, 'optimiser');
