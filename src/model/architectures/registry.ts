import { lookUp } from '../../base/names.js';
import { registryOf } from '../../base/registry.js';
import type { Architecture } from './architecture.js';
import * as all from './index.js';

/** Every architecture by its name. */
export const architectures = registryOf(all);

/** An architecture by its name. */
export const architectureOf = (name: string): Architecture =>
  lookUp<Architecture>(architectures, name, 'network');
