import * as complexity from './complexity/index.js';
import * as faithfulness from './faithfulness/index.js';
import * as localisation from './localisation/index.js';
import type { Metric } from './metric.js';
import * as robustness from './robustness/index.js';

/** Every metric by its name. */
export const metrics: Readonly<Record<string, Metric>> = Object.fromEntries(
  [localisation, faithfulness, complexity, robustness].flatMap((category) =>
    Object.values<Metric>(category).map((member) => [member.name, member]),
  ),
);
