import { registryOf } from '../../../base/registry.js';
import * as members from './index.js';

/** All ways to mix images by name. */
export const mixings = registryOf(members);
