import { usageError } from '../../base/errors.js';
import type { GivenOptions } from '../../base/options.js';
import type { Task } from '../../data/sample.js';
import { imageChanger } from './augment/image-threads.js';
import { trainEpoch } from './epoch.js';
import { stepOf, type TrainContext } from './phase.js';
import { prepareTraining } from './prepare.js';
import type { Schedule } from './schedules/schedule.js';

/** The loss of one step, and the mean of the steps so far, in which old ones count less and less. */
export interface RateStep {
  readonly rate: number;
  readonly loss: number;
  readonly smooth: number;
}

/** A learning-rate range test. */
export interface RateTest {
  /** The steps up to where the loss explodes. */
  readonly steps: readonly RateStep[];
  /** A tenth of the rate at which the smoothed loss is least, after which training diverges. */
  readonly rate: number;
}

const [least, greatest, kept] = [1e-6, 1, 0.9];

/** From the least to the greatest rate by equal factors. */
const rising: Schedule = {
  name: 'rising',
  doc: 'grows by the same factor in each step',
  at: ({ steps }, step) => least * (greatest / least) ** (step / Math.max(1, steps - 1)),
};

/**
 * Trains a network with a learning rate that grows from 1e-6 to 1 in at least so many `steps`, and reads from
 * the losses which rate to take (Smith 2017, arXiv:1506.01186). The network is thrown away. Throws as
 * training does.
 */
export async function findRate(
  task: Task,
  given: GivenOptions,
  context: TrainContext,
  steps = 100,
): Promise<RateTest> {
  const { setting, untrained, phases } = await prepareTraining(task, given, context);
  const [phase] = phases as [(typeof phases)[number]];
  const { step, shapes, pace } = await stepOf(phase, untrained, setting);
  const own = Math.ceil(steps / Math.ceil(task.train.length / setting.options.batch));
  const epochs = { own, before: 0, all: own };
  const losses: { rate: number; loss: number }[] = [];
  const onStep = (rate: number, loss: number) => void losses.push({ rate, loss });
  const { engine, run } = context;
  const program = await engine.compile(step.graph, { carry: step.carry, state: step.state });
  const images = imageChanger(pace.threads, setting.options);
  try {
    const training = { ...setting, images, step, shapes, program, pace, epochs, phase: 'rate test', onStep };
    for (let epoch = 1; epoch <= own; epoch++)
      await trainEpoch({ ...training, schedule: rising }, epoch, run);
  } finally {
    await Promise.all([program.dispose(), images.close()]);
  }
  return readTest(losses);
}

/** The smoothed losses up to where they are four times the least one, and the rate that they suggest. */
export function readTest(losses: readonly Pick<RateStep, 'rate' | 'loss'>[]): RateTest {
  const steps: RateStep[] = [];
  let [mean, lowest] = [0, Number.POSITIVE_INFINITY];
  for (const [i, { rate, loss }] of losses.entries()) {
    mean = kept * mean + (1 - kept) * loss;
    const smooth = mean / (1 - kept ** (i + 1));
    if (!(smooth <= 4 * lowest)) break;
    lowest = Math.min(lowest, smooth);
    steps.push({ rate, loss, smooth });
  }
  if (steps.length === 0)
    throw usageError('the loss is not a number from the first step on: no learning rate can be found');
  const best = steps.reduce((a, b) => (b.smooth < a.smooth ? b : a));
  return { steps, rate: best.rate / 10 };
}
