import { runHere } from '../figures/here.js';
import { runSuite, type SuiteSettings } from '../ground-truth/run.js';
import { type SuiteScore, suiteScores } from '../ground-truth/suite-score.js';
import { chosenScenarios, type SuiteName, scenariosOf } from '../ground-truth/suites.js';
import { type Cell, cellsOf } from '../ground-truth/summary.js';
import { sharedEngine } from './model.js';

/** A suite of problems with known important pixels, or some of them; only `out` has no default. */
export interface GroundTruthSettings extends Partial<SuiteSettings> {
  /** The suite's folder; an interrupted suite resumes from it. */
  readonly out: string;
  /** `quick` by default. */
  readonly suite?: SuiteName;
  /** Problems of the suite by name, separated by commas. */
  readonly only?: string;
  /** The folder of the data set `cxr-lungs`, for the suite `clinical`. */
  readonly radiographs?: string;
}

/** The scores of methods on problems with known important pixels. */
export interface GroundTruth {
  /** On images that all models of a problem have right. */
  readonly right: readonly Cell[];
  /** On all explained images. */
  readonly all: readonly Cell[];
  /** Where removing the cause changes what the model says. */
  readonly changed: readonly Cell[];
  /** The scores of the whole suite by precision, on images that all models have right. */
  readonly overall: readonly SuiteScore[];
}

/**
 * Trains several models on each problem of a suite, explains the same images by all of them, and scores the
 * maps against the known pixels. Throws for unknown names.
 */
export function groundTruth({
  out,
  suite = 'quick',
  only,
  radiographs,
  ...given
}: GroundTruthSettings): Promise<GroundTruth> {
  const scenarios = chosenScenarios(scenariosOf(suite, radiographs), only);
  const settings: SuiteSettings = {
    methods: 'gradient,integrated-gradients,lrp,activation-pattern,random,sobel',
    metrics: 'precision,deletion',
    ...{ seeds: 2, explain: 8, precision: 'auto' },
    ...given,
  };
  return runHere(async (run) => {
    const results = await runSuite(scenarios, settings, out, sharedEngine(), run);
    return {
      right: cellsOf(results),
      all: cellsOf(results, 'all'),
      changed: cellsOf(results, 'changed'),
      overall: suiteScores(results, 'precision'),
    };
  });
}
