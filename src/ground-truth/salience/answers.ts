import { z } from 'zod/mini';
import { attribute } from '../../attribution/attribute.js';
import type { Method } from '../../attribution/method.js';
import { SightlineError } from '../../base/errors.js';
import type { OptionValues } from '../../base/options.js';
import { checkpoint, type RunContext } from '../../base/run.js';
import { backgroundOf, batchOf } from '../../benchmark/cases.js';
import { optionsFor } from '../../benchmark/explain.js';
import { planeOf } from '../../benchmark/score-sample.js';
import type { Store } from '../../benchmark/store.js';
import type { Sample, Task } from '../../data/sample.js';
import type { Classifier } from '../../model/classifier.js';
import { predict } from '../../model/predict.js';
import { argmax } from '../../model/training/quality.js';
import { mean } from '../../statistics/bootstrap.js';
import { rows } from '../../tensor/tensor.js';
import { enrichment } from '../roles.js';
import type { salienceOptions } from './options.js';

/** The explained images without and with the watermark. */
export interface Shown {
  readonly absent: readonly Sample[];
  readonly present: readonly Sample[];
}

/** Shares of images that a model has right. */
export interface Right {
  readonly absent: number;
  readonly present: number;
  /** Where exactly the images of the class show the watermark. */
  readonly tied: number;
}

export async function rightOf(
  model: Classifier,
  shown: Shown,
  target: number,
  run: RunContext,
): Promise<Right> {
  const hits = async (samples: readonly Sample[]) => {
    const logits = await predict(model, batchOf(model, samples), run);
    return samples.map(({ labels }, i) => (argmax([...rows(logits, i, i + 1).data]) === labels[0] ? 1 : 0));
  };
  const [absent, present] = [await hits(shown.absent), await hits(shown.present)];
  const tied = shown.absent.map(({ labels }, i) => (labels[0] === target ? present[i]! : absent[i]!));
  return { absent: mean(absent), present: mean(present), tied: mean(tied) };
}

interface Asked {
  readonly mask: Uint8Array;
  readonly options: OptionValues<typeof salienceOptions>;
  readonly store: Store;
  readonly run: RunContext;
}

const values = z.array(z.nullable(z.number()));
const foundSchema = z.union([
  z.object({ skipped: z.string() }),
  z.object({ absent: values, present: values }),
]);
type Found = z.infer<typeof foundSchema>;

/** The relevance of the watermark's place in each image without and with it, by method. */
export async function answersOf(
  methods: readonly Method[],
  model: Classifier,
  task: Task,
  shown: Shown,
  { mask, options, store, run }: Asked,
): Promise<Record<string, Found>> {
  const background = backgroundOf(task, model);
  const relevances = async (method: Method, samples: readonly Sample[]) => {
    const targets = samples.map(({ labels }) => labels.at(-1)!);
    const own = optionsFor(method, background, options);
    const { map } = await attribute(model, method, batchOf(model, samples), targets, own, {
      seed: options.seed,
      run,
    });
    return samples.map((_, i) => {
      const value = enrichment(planeOf(rows(map, i, i + 1), model), mask);
      return Number.isFinite(value) ? value : null;
    });
  };
  const found: Record<string, Found> = {};
  for (const method of methods) {
    await checkpoint(run);
    found[method.name] = await store.once(`salience-${method.name}`, foundSchema, async () => {
      try {
        return {
          absent: await relevances(method, shown.absent),
          present: await relevances(method, shown.present),
        };
      } catch (error) {
        if (error instanceof SightlineError && error.kind === 'unsupported')
          return { skipped: error.message };
        throw error;
      }
    });
  }
  return found;
}
