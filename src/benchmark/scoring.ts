import { sha256 } from '../base/files.js';
import { checkpoint, type RunContext } from '../base/run.js';
import { placed } from '../data/geometry/placed.js';
import { metrics, scoreMap } from '../evaluation/index.js';
import type { Classifier } from '../model/classifier.js';
import { rows } from '../tensor/tensor.js';
import { type Cases, readMaps } from './explain.js';
import type { ScoreRow } from './rows.js';
import type { Store } from './store.js';

/** Scores one method's maps of all cases by all metrics. */
export async function scoreCases(
  method: string,
  wanted: readonly string[],
  model: Classifier,
  { samples, targets, input }: Cases,
  seed: number,
  store: Store,
  run: RunContext,
): Promise<readonly ScoreRow[]> {
  return store.once(`score-${method}-${sha256(wanted.join()).slice(0, 8)}`, async () => {
    const maps = await readMaps(store.dir, method);
    const scored: ScoreRow[] = [];
    const step = run.progress.start(`scoring ${method}`, samples.length);
    for (const [i, sample] of samples.entries()) {
      await checkpoint(run);
      const map = { data: rows(maps, i, i + 1).data, shape: maps.shape.slice(2) };
      const own = { input: rows(input, i, i + 1), target: targets[i]!, model, seed, run };
      const native = placed(map, sample);
      for (const metric of wanted) {
        // What asks the model sees what the model saw; what asks where the map points is judged in the original's pixels.
        const seen = metrics[metric]!.needs.includes('model') ? { map, mask: sample.mask } : native;
        const { value, undefined: reason } = await scoreMap(metric, { ...own, ...seen });
        const { id, patient } = sample;
        scored.push({
          sample: id,
          patient,
          method,
          metric,
          ...(reason === undefined ? { value } : { value: null, reason }),
        });
      }
      step.advance();
    }
    step.done();
    return scored;
  });
}
