import { lookUp } from '../../../base/names.js';
import { registryOf } from '../../../base/registry.js';
import * as all from './index.js';
import type { Optimiser } from './optimiser.js';

/** All optimisers by name. */
export const optimisers = registryOf(all);

/** Returns an optimiser by name; throws a usage error for an unknown one. */
export const optimiserOf = (name: string): Optimiser => lookUp<Optimiser>(optimisers, name, 'optimiser');
