import type { Architecture } from './architecture.js';
import * as all from './index.js';

/** Every architecture by its name. */
export const architectures: Readonly<Record<string, Architecture>> = Object.fromEntries(
  Object.values<Architecture>(all).map((member) => [member.name, member]),
);
