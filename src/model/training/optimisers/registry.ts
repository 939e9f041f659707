import * as all from './index.js';
import type { Optimiser } from './optimiser.js';

/** Every optimiser by its name. */
export const optimisers: Readonly<Record<string, Optimiser>> = Object.fromEntries(
  Object.values<Optimiser>(all).map((member) => [member.name, member]),
);
