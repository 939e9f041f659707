import { lookUp } from '../../../base/names.js';
import { registryOf } from '../../../base/registry.js';
import * as members from './index.js';
import type { Sampler } from './sampler.js';

/** All samplers by name. */
export const samplers = registryOf(members);

/** Returns a sampler by name; throws a usage error for an unknown one. */
export const samplerOf = (name: string): Sampler => lookUp<Sampler>(samplers, name, 'sampler');
