import { attribute, type Explained } from '../attribution/attribute.js';
import { type MethodName, methodOf, type methods } from '../attribution/index.js';
import type { Method } from '../attribution/method.js';
import { usageError } from '../base/errors.js';
import type { OptionsFor } from '../base/options.js';
import type { Sample } from '../data/sample.js';
import { runHere } from '../figures/here.js';
import type { Classifier } from '../model/classifier.js';
import { modelInput } from '../model/input/input.js';
import { predict } from '../model/predict.js';
import { probabilities } from '../model/probability.js';
import type { Target } from '../model/target.js';
import { annotatedFor } from './annotated.js';

/** The map of one sample, with the model, method and sample that it belongs to. */
export interface Heat extends Explained {
  /** The explained classifier. */
  readonly model: Classifier;
  /** The method that made the map. */
  readonly method: Method;
  /** The explained sample. */
  readonly sample: Sample;
}

interface ExplainOptions {
  readonly target?: number | string | Target;
  readonly seed?: number;
}

/**
 * Explains one sample by a method: a registered name or your own. Explains the class of its label by default,
 * of several the last one that is annotated; `target` is another class or number, such as
 * `region:1@annotated`, `seed` the seed of everything random; all other options are the method's. Throws for
 * an unknown method or option, a missing sample, or a target that the model does not have.
 */
export async function explain<M extends MethodName | Method>(
  model: Classifier,
  sample: Sample | undefined,
  method: M,
  options?: OptionsFor<typeof methods, M> & ExplainOptions,
): Promise<Heat> {
  const { target, seed = 0, ...given }: ExplainOptions = options ?? {};
  const shown = present(sample);
  const chosen = methodOf(method);
  const explained = target ?? usualTarget(shown);
  if (explained === undefined) throw usageError(`sample ${shown.id} has no label to explain; give a target`);
  const input = modelInput(model, shown.image);
  const wanted = typeof explained === 'number' ? [explained] : explained;
  const annotated = annotatedFor(shown, model, explained).mask;
  const made = await runHere((run) =>
    attribute(model, chosen, input, wanted, given, { seed, run, ...(annotated && { annotated }) }),
  );
  return { ...made, model, method: chosen, sample: shown };
}

/** The last of the sample's labels that has an annotation, or the last. */
const usualTarget = ({ labels, findings }: Sample): number | undefined =>
  labels.findLast((_, i) => findings?.[i]?.mask) ?? labels.at(-1);

/** The model's prediction for one sample: raw output and probability of each class. */
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
  if (typeof sample !== 'object' || !('image' in sample))
    throw usageError(
      `a sample of a task is needed, as task.train has them; got ${JSON.stringify(sample)?.slice(0, 40)}`,
    );
  return sample;
}
