import { availableParallelism } from 'node:os';
import type { Random } from '../../base/random.js';
import { checkpoint as pause, type RunContext } from '../../base/run.js';
import type { Sample } from '../../data/sample.js';
import type { Arrays, Program } from '../../engine/engine.js';
import { isGpuProvider } from '../../engine/gpu/prepare.js';
import { float32, scalar } from '../../graph/elements.js';
import type { Constant, Graph } from '../../graph/graph.js';
import { holdsGraph } from '../../graph/order.js';
import type { Shapes } from '../../graph/shapes.js';
import { rows, sizeOf, type Tensor } from '../../tensor/tensor.js';
import type { Pairs } from '../recipe.js';
import { keptAt } from './average.js';
import { type Batch, evened, paired, shuffledBatches } from './batches.js';
import type { Mask } from './forward.js';
import type { Epoch } from './history.js';
import { optimiserOf } from './optimisers/registry.js';
import { shownPatches } from './patches.js';
import { accuracyOf } from './quality.js';
import { samplerOf } from './sampling/registry.js';
import { scheduleOf } from './schedules/registry.js';
import type { Schedule } from './schedules/schedule.js';
import { stack, unstacked } from './several.js';
import { type Changing, shownImages } from './shown.js';
import { names, type Step, scalarFeeds } from './step.js';

export interface Training extends Changing {
  /** The shape of the patches that a segmentation network is trained on; undefined of a classifier. */
  readonly patches: readonly [number, number, number] | undefined;
  readonly step: Step;
  readonly shapes: Shapes;
  readonly program: Program;
  readonly pace: Pace;
  readonly random: Random;
  /** The epochs of this phase, those before it, and those of all phases. */
  readonly epochs: { readonly own: number; readonly before: number; readonly all: number };
  /** The phase's name; empty where there is only one. */
  readonly phase: string;
  /** Instead of the schedule that the options name. */
  readonly schedule?: Schedule;
  /** Called after each step. */
  readonly onStep?: (rate: number, loss: number) => void;
  /** What tells two views of each image; undefined shows it once. */
  readonly pairs?: Pairs;
  /** The losses of the training images before this epoch, for a sampler that reads them. */
  readonly losses?: readonly number[];
}

/** How an engine takes its batches. */
export interface Pace {
  /** Whether all batches have one size: a GPU plans a program anew for every other one. */
  readonly even: boolean;
  /** The most steps of one run; with more than one, `step` is that of `severalSteps`. */
  readonly most: number;
  /** How long a run of several steps may take: no interrupt is seen in it and in the next, which waits. */
  readonly seconds: number;
  /** The threads that change images ahead; none on the CPU, all of whose cores compute. */
  readonly threads: number;
}

/**
 * The pace of an engine for a network. Only within a run do weights stay where they are: on CUDA in the GPU's
 * memory, on the CPU in ONNX Runtime's. A network with subgraphs takes single steps: the names in them are
 * not followed into a Scan.
 */
export function paceOf(engine: string, { nodes }: Pick<Graph, 'nodes'>): Pace {
  const most = nodes.some(holdsGraph) || !(engine in longest) ? 1 : 16;
  const even = isGpuProvider(engine);
  const threads = even ? Math.max(1, Math.min(mostThreads, availableParallelism() - 1)) : 0;
  return { even, most, seconds: longest[engine] ?? 0, threads };
}

/** Each has memory of its own. */
const mostThreads = 16;

/** The seconds of a run of several steps, by engine. */
const longest: Readonly<Record<string, number>> = { cpu: 2, cuda: Number.POSITIVE_INFINITY };

/** The steps of a run, where one step takes so many seconds. */
export const stepsOfRun = ({ most, seconds }: Pace, each: number): number =>
  Math.max(1, Math.min(most, Math.floor(seconds / each)));

/**
 * Runs one epoch over the training images. `epoch` counts from 1 over all phases; it and the seed determine
 * all random numbers.
 */
export async function trainEpoch(
  training: Training,
  epoch: number,
  run: RunContext,
): Promise<Pick<Epoch, 'rate' | 'train'>> {
  const { task, options, step, program, pace, epochs } = training;
  const schedule = training.schedule ?? scheduleOf(options.schedule);
  const own = training.random.fork(`epoch ${epoch}`);
  const drawn = samplerOf(options.sampling).draw(task.train, own.fork('sampling'), training.losses);
  const batches = shuffledBatches(drawn, options.batch, own.fork('order'));
  const course = {
    rate: options.rate,
    warmup: Math.round(options.warmup * batches.length),
    steps: epochs.own * batches.length,
  };
  const singly = pace.even ? evened(batches) : batches.map((samples) => ({ samples, own: samples.length }));
  const sized = training.pairs ? singly.map(paired) : singly;
  const rates = sized.map((_, i) => schedule.at(course, (epoch - 1 - epochs.before) * sized.length + i));
  const feedsOf = (batch: Batch, at: number): Promise<Arrays> => {
    const done = (epoch - 1 - epochs.before) * sized.length + at;
    const scalars = scalarFeeds(optimiserOf(options.optimiser), done + 1, rates[at]!, options, step.paces);
    const ofEpoch: Record<string, number> = {
      [names.first]: Number(at === 0),
      [names.steps]: sized.length,
      [names.begun]: (epoch - epochs.before) / epochs.own,
    };
    const epochScalars = Object.fromEntries(step.epochScalars.map((name) => [name, scalar(ofEpoch[name]!)]));
    const averaged = step.averaged && { [names.kept]: scalar(keptAt(options.average, done + 1)) };
    return feeds(training, batch, { ...scalars, ...epochScalars, ...averaged }, own);
  };
  let most = Number.isFinite(pace.seconds) ? 1 : pace.most;
  /** The next batches of one size, as many as one run takes. */
  const runFrom = async (from: number) => {
    const length = sized[from]?.samples.length;
    const others = sized.findIndex(({ samples }, at) => at > from && samples.length !== length);
    const group = sized.slice(from, Math.min(from + most, others < 0 ? sized.length : others));
    return { from, group, shown: await Promise.all(group.map((batch, i) => feedsOf(batch, from + i))) };
  };
  const sent = (shown: readonly Arrays[]) => {
    const running = program.run(pace.most > 1 ? stack(shown) : shown[0]!);
    // An error is thrown when this run is awaited; sent ahead, it may fail before.
    running.catch(() => {});
    return running;
  };
  const bar = run.progress.start(
    `${training.phase && `${training.phase}, `}epoch ${epoch} of ${epochs.all}`,
    sized.length,
  );
  let [loss, right, seen] = [0, 0, 0];
  let next = await runFrom(0);
  let running = sent(next.shown);
  let begun = performance.now();
  try {
    while (next.group.length > 0) {
      await pause(run);
      const { from, group, shown } = next;
      const current = running;
      // The images of the next run are made and sent while this one computes.
      next = await runFrom(from + group.length);
      if (next.group.length > 0) running = sent(next.shown);
      const outputs = await current;
      const ended = performance.now();
      most = stepsOfRun(pace, (ended - begun) / 1000 / group.length);
      begun = ended;
      for (const [i, batch] of group.entries()) {
        const one = pace.most > 1 ? unstacked(outputs, i) : outputs;
        const logits = rows(logitsOf(one), 0, batch.own);
        const targets = rows(shown[i]![names.targets] as Tensor, 0, batch.own);
        const accuracy = task.regression ? Number.NaN : accuracyOf(logits, targets, task.multiLabel);
        const own = one[names.loss]!.data[0] as number;
        training.onStep?.(rates[from + i]!, own);
        loss += own * batch.own;
        right += accuracy * batch.own;
        seen += batch.own;
      }
      bar.advance(group.length, `loss ${(loss / seen).toFixed(4)}`);
    }
  } finally {
    bar.done();
  }
  return {
    rate: rates.at(-1)!,
    train: { loss: loss / seen, accuracy: right / seen },
  };
}

async function feeds(training: Training, batch: Batch, scalars: Arrays, random: Random): Promise<Arrays> {
  const { step, shapes, patches } = training;
  const shown = patches
    ? await shownPatches(batch, training, patches, random)
    : await shownImages(batch, training, random, training.pairs);
  const constant = ({ data, shape }: Tensor) => float32(data, shape);
  return {
    image: constant(shown.image),
    [names.targets]: constant(shown.targets),
    [names.weights]: constant(shown.weights),
    ...scalars,
    ...Object.fromEntries(
      [...step.masks].map(([name, mask]) => [name, maskFor(mask, batch.samples, shapes, random.fork(name))]),
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
