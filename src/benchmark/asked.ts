import { inputError, usageError } from '../base/errors.js';
import { counted } from '../base/names.js';
import { checkpoint, type RunContext } from '../base/run.js';
import type { Sample, Task } from '../data/sample.js';
import { type Classifier, classCount } from '../model/classifier.js';
import { ask } from '../model/questions/ask.js';
import { chosenOf } from '../model/questions/classes.js';
import { indexed, spelled, type Target } from '../model/target.js';
import { concatenate, type Tensor } from '../tensor/tensor.js';
import {
  AT_ONCE,
  batchOf,
  type CaseOptions,
  type Cases,
  type Chosen,
  chooseCases,
  partsOf,
} from './cases.js';
import { chooseLesions } from './lesions.js';

type ChosenCases = { readonly cases: Cases; readonly chosen: Chosen };

/**
 * As `chooseCases`, for a target: a region or a box of a lesion, or a number of a model that classifies the
 * task's images. `model` was loaded for the target; `asClassifier` loads it for the classes. Throws where the
 * task's annotation is no evidence of the target, so that no map of it can be scored.
 */
export async function chooseAsked(
  task: Task,
  model: Classifier,
  asClassifier: () => Promise<Classifier>,
  target: Target,
  options: CaseOptions,
  run: RunContext,
): Promise<ChosenCases> {
  const { cases, chosen } =
    target.kind === 'region' || target.kind === 'box'
      ? await chooseLesions(task, model, target, options, run)
      : await chooseCases(task, await asClassifier(), options, run, classIn(task, model, target));
  const asked = await questionsOf(model, target, cases.samples, run);
  // Other images have classes, which are no answers to the question.
  const { others: _, ...own } = cases;
  return { cases: { ...own, ...asked }, chosen };
}

/** Throws where a benchmark cannot ask a target of every image, or no mask is evidence of it. */
export function checkAsked(target: Target): void {
  const { kind, of, at, how = [] } = target;
  const refused = (why: string) => usageError(`target '${spelled(target)}': ${why}`);
  const isOwn = (at === 'predicted' || at === 'annotated') && !how.some((word) => word.startsWith('at '));
  if (kind === 'region' && !isOwn)
    throw refused(
      `a benchmark asks every image for its own region: region:${of}@predicted or @annotated, (largest) for one lesion`,
    );
  if (kind === 'box' && of !== 'annotated')
    throw refused(`a benchmark asks every image for its own box: box:annotated@${at}`);
  if (kind === 'similarity' || kind === 'graph')
    throw refused(
      `masks show a task's classes, so that the maps of a ${kind} cannot be scored; ask for class, region or box`,
    );
}

/** The task's class that the annotation has to show, of a target that is about one. */
function classIn({ name, classes }: Task, model: Classifier, target: Target): number {
  const of = String(target.of);
  if (target.kind !== 'output') return chosenOf(of, classes, classes.length).one;
  if (classCount(model) === classes.length) return indexed(of).indices[0] ?? 0;
  throw usageError(
    `target '${spelled(target)}': the masks of task ${name} show its classes (${classes.join(', ')}), not an output of ${counted(classCount(model), 'number')}, so that its maps cannot be scored`,
  );
}

/** What a target asks of each sample: a model with the number among its raw outputs, and which one it is. */
async function questionsOf(
  model: Classifier,
  target: Target,
  samples: readonly Sample[],
  run: RunContext,
): Promise<Pick<Cases, 'asked' | 'targets'>> {
  const models: Classifier[] = [];
  const targets: number[] = [];
  for (const { part } of partsOf(samples, AT_ONCE)) {
    await checkpoint(run);
    const question = await ask(model, target, batchOf(model, part), { annotated: masksOf(part), run });
    models.push(...part.map(() => question.model));
    targets.push(...question.targets);
  }
  return { asked: { target: spelled(target), models }, targets };
}

/** The annotated masks of samples, `[N, 1, H, W]`. */
export const masksOf = (samples: readonly Pick<Sample, 'id' | 'mask'>[]): Tensor =>
  concatenate(
    samples.map(({ id, mask }) => {
      if (mask) return { data: Float32Array.from(mask.data), shape: [1, 1, ...mask.shape] };
      throw inputError(`image ${id} has no mask`);
    }),
  );
