import * as attention from './attention/index.js';
import * as baseline from './baseline/index.js';
import * as cam from './cam/index.js';
import * as gradient from './gradient/index.js';
import type { Method } from './method.js';
import * as perturbation from './perturbation/index.js';
import * as relevance from './relevance/index.js';

const families = { ...gradient, ...cam, ...relevance, ...perturbation, ...attention, ...baseline };

/** Every attribution method by its name. */
export const methods: Readonly<Record<string, Method>> = Object.fromEntries(
  Object.values<Method>(families).map((m) => [m.name, m]),
);
