import { attribute, type Explained } from '../attribution/attribute.js';
import { methodOf, type methods } from '../attribution/index.js';
import type { Method } from '../attribution/method.js';
import { usageError } from '../base/errors.js';
import type { OptionsFor } from '../base/options.js';
import type { Sample } from '../data/sample.js';
import { runHere } from '../figures/here.js';
import type { Classifier } from '../model/classifier.js';
import { modelInput } from '../model/input/input.js';
import { predict } from '../model/predict.js';
import { probabilities } from '../model/probability.js';

/** The map of one sample, with what made it. */
export interface Heat extends Explained {
  readonly model: Classifier;
  readonly method: Method;
  readonly sample: Sample;
}

interface Asked {
  readonly target?: number;
  readonly seed?: number;
}

/**
 * Explains one sample by a method, a registered one's name or one's own: by default the class that its label says.
 * `target` is another class, `seed` that of everything random; all else are the method's own options.
 */
export async function explain<M extends string | Method>(
  model: Classifier,
  sample: Sample | undefined,
  method: M,
  options?: OptionsFor<typeof methods, M> & Asked,
): Promise<Heat> {
  const { target, seed = 0, ...given }: Asked = options ?? {};
  const chosen = methodOf(method);
  const shown = present(sample);
  const explained = target ?? shown.labels.at(-1);
  if (explained === undefined) throw usageError(`sample ${shown.id} has no label to explain; give a target`);
  const input = modelInput(model, shown.image);
  const made = await runHere((run) => attribute(model, chosen, input, [explained], given, { seed, run }));
  return { ...made, model, method: chosen, sample: shown };
}

/** What the model says of one sample: its raw output and, for one label, its probability by class name. */
export async function predictSample(model: Classifier, sample: Sample | undefined) {
  const logits = await runHere((run) => predict(model, modelInput(model, present(sample).image), run));
  const { data } = probabilities(model, logits);
  return model.classes.map((name, k) => ({
    class: name,
    output: logits.data[k]!,
    probability: data[k]!,
  }));
}

function present(sample: Sample | undefined): Sample {
  if (sample === undefined) throw usageError('there is no such sample: the split is shorter');
  return sample;
}
