import type { Random } from '../../base/random.js';
import { checkpoint as pause, type RunContext } from '../../base/run.js';
import type { Sample, Task } from '../../data/sample.js';
import type { Arrays, Program } from '../../engine/engine.js';
import { float32 } from '../../graph/elements.js';
import type { Constant } from '../../graph/graph.js';
import type { Shapes } from '../../graph/shapes.js';
import { sizeOf, type Tensor } from '../../tensor/tensor.js';
import type { Normalisation } from '../classifier.js';
import { augment } from './augment/augment.js';
import { batchOf, shuffledBatches } from './batches.js';
import type { Mask } from './forward.js';
import { hide } from './hide.js';
import type { Epoch } from './history.js';
import { optimiserOf } from './optimisers/registry.js';
import type { TrainingOptions } from './options.js';
import { qualityOf } from './quality.js';
import { names, type Step, scalarFeeds } from './step.js';
import { targetsOf, weightsOf } from './targets.js';

export interface Training {
  readonly task: Task;
  readonly options: TrainingOptions;
  readonly normalisation: Normalisation;
  /** Loss weights by class. */
  readonly weights: readonly number[];
  readonly step: Step;
  readonly shapes: Shapes;
  readonly program: Program;
  readonly random: Random;
}

/**
 * Runs one epoch over the training images. `epoch` counts from 1; it and the seed determine all random
 * numbers.
 */
export async function trainEpoch(
  training: Training,
  epoch: number,
  run: RunContext,
): Promise<Pick<Epoch, 'rate' | 'train'>> {
  const { task, options, program } = training;
  const own = training.random.fork(`epoch ${epoch}`);
  const batches = shuffledBatches(task.train, options.batch, own.fork('order'));
  const schedule = {
    kind: options.schedule,
    rate: options.rate,
    warmup: Math.round(options.warmup * batches.length),
    steps: options.epochs * batches.length,
  };
  const bar = run.progress.start(`epoch ${epoch} of ${options.epochs}`, batches.length);
  let [loss, right, rate] = [0, 0, 0];
  try {
    for (const [i, batch] of batches.entries()) {
      await pause(run);
      const done = (epoch - 1) * batches.length + i;
      rate = rateAt(schedule, done);
      const scalars = scalarFeeds(optimiserOf(options.optimiser), done + 1, rate, options);
      const outputs = await program.run(feeds(training, batch, scalars, own));
      const { accuracy } = qualityOf(logitsOf(outputs), batch, task.multiLabel, training.weights);
      loss += (outputs[names.loss]!.data[0] as number) * batch.length;
      right += accuracy * batch.length;
      bar.advance(1, `loss ${(loss / ((i + 1) * options.batch)).toFixed(4)}`);
    }
  } finally {
    bar.done();
  }
  return { rate, train: { loss: loss / task.train.length, accuracy: right / task.train.length } };
}

function feeds(
  { task, options, normalisation, weights, step, shapes }: Training,
  batch: readonly Sample[],
  scalars: Arrays,
  random: Random,
): Arrays {
  const images = batch.map(({ id, image }) => {
    const changed = augment(image, options.augment, random.fork(`augment ${id}`));
    return hide(changed, normalisation.mean, options.hide, random.fork(`hide ${id}`));
  });
  const constant = ({ data, shape }: Tensor) => float32(data, shape);
  return {
    image: constant(batchOf(images, normalisation)),
    [names.targets]: constant(targetsOf(batch, task, options.smoothing)),
    [names.weights]: constant(weightsOf(batch, task, weights)),
    ...scalars,
    ...Object.fromEntries(
      [...step.masks].map(([name, mask]) => [name, maskFor(mask, batch, shapes, random.fork(name))]),
    ),
  };
}

/** A dropout mask; the random stream of each row depends on the sample, not on the batch. */
function maskFor({ like, ratio }: Mask, batch: readonly Sample[], shapes: Shapes, random: Random): Constant {
  const shape = shapes.get(like)!.dims.slice(1);
  const size = sizeOf(shape);
  const data = new Float32Array(batch.length * size);
  for (const [row, { id }] of batch.entries()) {
    const own = random.fork(id);
    for (let i = 0; i < size; i++) data[row * size + i] = own.uniform() < ratio ? 0 : 1 / (1 - ratio);
  }
  return float32(data, [batch.length, ...shape]);
}

function logitsOf(outputs: Arrays): Tensor {
  const [, logits] = Object.entries(outputs).find(([name]) => name !== names.loss)!;
  return logits as Tensor;
}

interface Schedule {
  readonly kind: 'cosine' | 'constant';
  readonly rate: number;
  /** The number of steps of linear warm-up. */
  readonly warmup: number;
  readonly steps: number;
}

/**
 * The learning rate of a step, counted from 0: linear warm-up, then constant or cosine decay to zero
 * (Loshchilov & Hutter 2017, arXiv:1608.03983).
 */
export function rateAt({ kind, rate, warmup, steps }: Schedule, step: number): number {
  if (step < warmup) return (rate * (step + 1)) / (warmup + 1);
  if (kind === 'constant') return rate;
  return (rate * (1 + Math.cos((Math.PI * (step - warmup)) / Math.max(1, steps - warmup)))) / 2;
}
