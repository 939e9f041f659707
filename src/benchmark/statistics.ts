import type { Method } from '../attribution/method.js';
import { checkpoint, type RunContext } from '../base/run.js';
import type { Metric } from '../evaluation/metric/metric.js';
import type { Tensor } from '../tensor/tensor.js';
import type { ScoreRow } from './rows.js';
import { sameMaps } from './same-maps.js';
import { strataOf } from './strata.js';
import { summarise } from './summary.js';
import { agreementMatrix, trustOf } from './trust.js';

/** The scores of a run, and the maps that they are of. */
interface Scored {
  readonly scores: readonly ScoreRow[];
  readonly methods: readonly Method[];
  readonly metrics: readonly Metric[];
  readonly seed: number;
  readonly maps: {
    /** The methods that have maps. */
    readonly methods: readonly string[];
    readonly images: number;
    read(method: string, image: number): Promise<Tensor>;
  };
}

/** The statistics of a run's scores: means with intervals and tests, within strata, and of the metrics. */
export async function statisticsOf({ scores, methods, metrics, seed, maps }: Scored, run: RunContext) {
  const step = run.progress.start('statistics', 4);
  const finished = async <T>(made: T) => {
    step.advance();
    await checkpoint(run);
    return made;
  };
  try {
    const same = await finished(await sameMaps(maps.methods, maps.images, maps.read));
    const summary = await finished(summarise(scores, methods, metrics, seed, same));
    const strata = await finished(strataOf(scores, seed, metrics));
    const trust = await finished(trustOf(scores, methods, metrics, seed, same));
    return { same, summary, strata, trust, agreement: agreementMatrix(scores, metrics) };
  } finally {
    step.done();
  }
}
