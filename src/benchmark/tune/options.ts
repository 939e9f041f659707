import { integer, type OptionValues } from '../../base/options.js';
import { benchmarkOptions } from '../plan.js';

const { explain, cases, samples, budget, steps, seed, normalisation, head, precision } = benchmarkOptions;

/** The options of a search. */
export const tuneOptions = {
  trials: integer({
    doc: 'settings to try of each method; the first has the usual options',
    default: 20,
    min: 2,
    max: 100_000,
  }),
  explain: { ...explain, doc: 'most validation images to explain' },
  cases: { ...cases, doc: cases.doc.replace('test', 'validation') },
  ...{ samples, budget, steps, seed, normalisation, head, precision },
};

export type TuneOptions = OptionValues<typeof tuneOptions>;
