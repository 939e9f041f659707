import { memberOf } from '../../base/names.js';
import { registryOf } from '../../base/registry.js';
import type { Architecture } from './architecture.js';
import * as all from './index.js';

/** All architectures by name. */
export const architectures = registryOf(all);

/** Returns a registered architecture by name, or the caller's own unchanged. */
export const architectureOf = (given: string | Architecture): Architecture =>
  memberOf<Architecture>(architectures, given, 'network');
