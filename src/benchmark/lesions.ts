import { inputError, usageError } from '../base/errors.js';
import { checkpoint, type RunContext } from '../base/run.js';
import { ofFinding, withAnnotation } from '../data/finding.js';
import { inputMaskOfBoxes, type Mask } from '../data/geometry/mask.js';
import type { Sample, Task } from '../data/sample.js';
import { type Classifier, imageShape } from '../model/classifier.js';
import { predict } from '../model/predict.js';
import { spatialOf } from '../model/questions/ask.js';
import { bestBoxes, boxLayout } from '../model/questions/box.js';
import { chosenOf } from '../model/questions/classes.js';
import { boxesAround, onePart, predictedMasks } from '../model/questions/region.js';
import { spelled, type Target } from '../model/target.js';
import { proportionInterval } from '../statistics/proportion.js';
import { connectedParts } from '../tensor/components.js';
import { rows, type Tensor } from '../tensor/tensor.js';
import { unmeasured } from './answers.js';
import {
  AT_ONCE,
  backgroundOf,
  batchOf,
  type CaseOptions,
  type Cases,
  type Chosen,
  drawnFrom,
  type Found,
  meanMaskOf,
  partsOf,
} from './cases.js';

/** What a network says of an annotated test image. */
interface Seen {
  /** The sample with the mask and boxes of the lesion that is asked about. */
  readonly sample: Sample;
  /** Whether the network finds it; undefined where nothing can be asked. */
  readonly found: boolean | undefined;
}

interface Look {
  readonly seen: readonly Seen[];
  /** The class whose lesions are meant; of boxes any. */
  readonly label?: number;
  readonly found: Found;
}

/**
 * As `chooseCases`, for a region of a segmentation or a box of a detection: the annotated test images whose
 * lesion the network finds, or misses. A target of one connected part is scored against the annotated lesions
 * that it touches. Throws where no image is left, or where the target says nothing that images share.
 */
export async function chooseLesions(
  task: Task,
  model: Classifier,
  target: Target,
  { explain: most, cases, seed }: CaseOptions,
  run: RunContext,
): Promise<{ readonly cases: Cases; readonly chosen: Chosen }> {
  if (task.test.length === 0) throw inputError(`task ${task.name} has no test images to explain`);
  const look = target.kind === 'box' ? lookForBoxes : lookForRegions;
  const { seen, label, found } = await look(task, model, target, run);
  if (seen.length === 0) throw inputError(`task ${task.name} has no annotated test images to explain`);
  const asked = seen.filter((one) =>
    cases === 'all' ? one.found !== undefined : one.found === (cases === 'correct'),
  );
  if (asked.length === 0)
    throw inputError(
      `the network ${cases === 'wrong' ? 'misses' : 'finds'} none of the lesions of ${seen.length} annotated test images (${found.means}): there is nothing to explain`,
    );
  const picked = drawnFrom(asked, most, seed);
  const right = seen.filter((one) => one.found === true).length;
  const share = proportionInterval(
    seen.map((one) => ({ patient: one.sample.patient, value: Number(one.found === true) })),
  );
  return {
    cases: {
      samples: picked.map(({ sample }) => sample),
      targets: picked.map(() => 0),
      predictions: picked.map((one) => ({
        prediction: one.found === true ? 'found' : 'missed',
        probability: null,
      })),
      ...backgroundOf(task, model),
      ...meanMaskOf(label === undefined ? { ...task, multiLabel: false } : task, label),
    },
    chosen: {
      ...{ accuracy: share.mean, accuracyLow: share.low, accuracyHigh: share.high },
      ...unmeasured,
      ...{ test: task.test.length, annotated: seen.length, right, explained: picked.length, cases, found },
    },
  };
}

async function lookForRegions(
  { name: task, test }: Task,
  model: Classifier,
  target: Target,
  run: RunContext,
): Promise<Look> {
  const { of, at, how = [] } = target;
  const name = spelled(target);
  const shape = spatialOf(model, name);
  const { one } = chosenOf(String(of), model.classes, shape.classes);
  const seen: Seen[] = [];
  const scores = { dice: [] as number[], iou: [] as number[] };
  const without = { images: 0, predicted: 0 };
  for (const { part } of partsOf(test, AT_ONCE)) {
    await checkpoint(run);
    const predicted = predictedMasks(
      await predict(model, batchOf(model, part), run),
      shape,
      one,
      model.head.link,
    );
    for (const [i, sample] of part.entries()) {
      const said = rows(predicted, i, i + 1);
      const shown = ofFinding(sample, one);
      const own = shown.labels.includes(one) ? shown.mask : undefined;
      if (own && own.data.length !== said.data.length)
        throw usageError(
          `target '${name}': the masks of task ${task} have ${own.shape.join('x')} pixels, the network's output has ${shape.space.join('x')}`,
        );
      const [both, all] = counted(said, own);
      if (!own?.data.includes(1)) {
        without.images++;
        if (all > 0) without.predicted++;
        continue;
      }
      scores.dice.push((2 * both) / (all + both));
      scores.iou.push(both / all);
      const whole = at === 'predicted' ? said : { data: Float32Array.from(own.data), shape: said.shape };
      const region = how.includes('largest') ? onePart(whole) : whole;
      const lesion = how.includes('largest') ? touched(own, region) : own;
      const [covered] = counted(said, lesion);
      const size = lesion.data.reduce((sum, value) => sum + value, 0);
      const isAsked = size > 0 && region.data.includes(1);
      seen.push({
        sample: how.includes('largest') ? withLesion(shown, lesion) : shown,
        found: isAsked ? covered >= size / 2 : undefined,
      });
    }
  }
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const means = 'at least half of its pixels are predicted';
  return { seen, label: one, found: { means, dice: mean(scores.dice), iou: mean(scores.iou), without } };
}

/** The numbers of pixels in both masks, and in either. */
function counted({ data }: Tensor, mask: Mask | undefined): readonly [both: number, either: number] {
  let [both, either] = [0, 0];
  for (const [p, value] of data.entries()) {
    const own = mask?.data[p] === 1;
    if (value > 0 && own) both++;
    if (value > 0 || own) either++;
  }
  return [both, either];
}

/** The connected parts of a mask that a region touches. */
function touched(mask: Mask, region: Tensor): Mask {
  const data = new Uint8Array(mask.data.length);
  for (const part of connectedParts(mask))
    if (part.some((p) => region.data[p]! > 0)) for (const p of part) data[p] = 1;
  return { data, shape: mask.shape };
}

/** A sample that is annotated with one of its lesions alone. */
function withLesion(sample: Sample, mask: Mask): Sample {
  const [height, width] = mask.shape as [number, number];
  const boxes = sample.boxes.filter((box) => {
    const own = inputMaskOfBoxes([box], sample.transform, height, width);
    return own.data.some((value, p) => value === 1 && mask.data[p] === 1);
  });
  return withAnnotation(sample, { boxes, mask });
}

/** A box counts as found from this intersection over union on, as in the PASCAL VOC challenge. */
const FOUND = 0.5;

async function lookForBoxes(
  { test }: Task,
  model: Classifier,
  target: Target,
  run: RunContext,
): Promise<Look> {
  const { how = [] } = target;
  const layout = boxLayout(model.shapes.get(model.output)!.dims, how);
  const { height, width } = imageShape(model);
  const marked = test.filter(({ mask }) => mask?.data.includes(1));
  const seen: Seen[] = [];
  for (const { part } of partsOf(marked, AT_ONCE)) {
    await checkpoint(run);
    const masks = part.map((sample) => sample.mask!);
    const wanted = masks.flatMap((mask) => boxesAround(mask));
    const scores = await predict(model, batchOf(model, part), run);
    const best = bestBoxes(scores, layout, wanted, [height, width], how);
    for (const [i, sample] of part.entries()) {
      const mask = masks[i]!;
      const largest = onePart({ data: Float32Array.from(mask.data), shape: [1, ...mask.shape] });
      const { overlap } = best[i]!;
      seen.push({
        sample: withLesion(sample, touched(mask, largest)),
        found: overlap > 0 ? overlap >= FOUND : undefined,
      });
    }
  }
  return { seen, found: { means: `a predicted box overlaps it by an IoU of at least ${FOUND}` } };
}
