import { memberOf } from '../base/names.js';
import { type NameIn, registryOf } from '../base/registry.js';
import * as attention from './attention/index.js';
import * as baseline from './baseline-methods/index.js';
import * as cam from './cam/index.js';
import * as gradient from './gradient/index.js';
import type { Method } from './method.js';
import * as pattern from './pattern/index.js';
import * as perturbation from './perturbation/index.js';
import * as prototype from './prototype/index.js';
import * as relevance from './relevance/index.js';
import * as surrogate from './surrogate/index.js';

/** All attribution methods by name. */
export const methods = registryOf(
  gradient,
  cam,
  relevance,
  pattern,
  perturbation,
  surrogate,
  attention,
  prototype,
  baseline,
);

/** The name of a registered method. */
export type MethodName = NameIn<typeof methods>;

/** Returns a registered method by name, or the caller's own method unchanged. */
export const methodOf = (given: string | Method): Method => memberOf(methods, given, 'method');
