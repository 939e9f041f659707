import type { GivenOptions } from '../../base/options.js';
import { seededRandom } from '../../base/random.js';
import { checkpoint, type RunContext } from '../../base/run.js';
import type { Arrays, Engine } from '../../engine/engine.js';
import { runRows } from '../../engine/run-rows.js';
import { float32 } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import { buildNetwork } from '../../model/architectures/architecture.js';
import { architectureOf } from '../../model/architectures/registry.js';
import { probe } from '../../model/probe.js';
import { paceOf, stepsOfRun } from '../../model/training/epoch.js';
import { softmaxCrossEntropy } from '../../model/training/loss.js';
import { optimiserOf } from '../../model/training/optimisers/registry.js';
import { severalSteps, stack } from '../../model/training/several.js';
import { names, scalarFeeds, trainingStep } from '../../model/training/step.js';
import { sizeOf, type Tensor } from '../../tensor/tensor.js';
import { median, milliseconds } from '../seconds.js';

export interface TrainingCase {
  readonly architecture: string;
  readonly inputShape: readonly [number, number, number];
  readonly batch: number;
}

/**
 * The cost of a training step relative to the forward pass of the same batch. The forward pass is split over
 * the engine's sessions, so that both use all cores. Times are medians in milliseconds.
 */
export interface TrainingCost extends TrainingCase {
  readonly optimiser: string;
  readonly forward: number;
  readonly step: number;
  /** The median of step / forward over pairs of consecutive measurements. */
  readonly ratio: number;
}

export const trainingCases: readonly TrainingCase[] = [
  { architecture: 'resnet18', inputShape: [3, 224, 224], batch: 16 },
  { architecture: 'resnet-small', inputShape: [1, 128, 128], batch: 32 },
];

/**
 * Times training steps and forward passes in alternation, so that other load on the machine affects both
 * equally.
 */
export async function trainingCost(
  engine: Engine,
  { architecture, inputShape, batch }: TrainingCase,
  run: RunContext,
  { repeats = 7, optimiser = 'adamw' }: { readonly repeats?: number; readonly optimiser?: string } = {},
): Promise<TrainingCost> {
  const timer = await trainingStepTimer(engine, { architecture, inputShape, batch }, optimiser);
  const forward = await engine.compile(timer.network);
  const pairs: { forward: number; step: number }[] = [];
  const bar = run.progress.start(`training ${architecture}`, repeats);
  for (let i = -1; i < repeats; i++) {
    await checkpoint(run);
    const pair = {
      forward: await milliseconds(() => runRows(forward, { image: timer.image }, batch, run)),
      step: (await milliseconds(timer.once)) / timer.steps,
    };
    // The first pair is warm-up.
    if (i >= 0) pairs.push(pair);
    if (i >= 0) bar.advance();
  }
  bar.done();
  await forward.dispose();
  await timer.dispose();
  return {
    architecture,
    inputShape,
    batch,
    optimiser,
    forward: median(pairs.map((pair) => pair.forward)),
    step: median(pairs.map((pair) => pair.step)),
    ratio: median(pairs.map((pair) => pair.step / pair.forward)),
  };
}

/** Training steps of an untrained network, ready to be timed. */
export interface TrainingTimer {
  readonly network: Graph;
  /** The images of one step, `[N, C, H, W]`. */
  readonly image: Tensor;
  /** The steps and the images of one call. */
  readonly steps: number;
  readonly images: number;
  once(): Promise<unknown>;
  dispose(): Promise<void>;
}

/** Compiles the steps of one run of the engine, as training takes them. */
export async function trainingStepTimer(
  engine: Engine,
  given: TrainingCase & { readonly options?: GivenOptions },
  optimiser = 'adamw',
): Promise<TrainingTimer> {
  const { architecture, options = {}, inputShape, batch } = given;
  const classes = 2;
  const random = seededRandom('training cost');
  const network = buildNetwork(architectureOf(architecture), inputShape, classes, options, random);
  const hyper = { momentum: 0.9, decay: 1e-4 };
  const chosen = optimiserOf(optimiser);
  const shapes = await probe(network, network.inputs[0]!, inputShape, engine);
  const pace = paceOf(engine.name, network);
  const several = pace.most > 1;
  const single = trainingStep(network, shapes, softmaxCrossEntropy, chosen, hyper, engine.name);
  const { graph, carry, state } = several ? severalSteps(single) : single;
  const image = {
    data: Float32Array.from({ length: batch * sizeOf(inputShape) }, () => random.normal()),
    shape: [batch, ...inputShape],
  };
  const targets = Float32Array.from({ length: batch * classes }, (_, i) => ((i >> 1) % 2 === i % 2 ? 1 : 0));
  const feeds: Arrays = {
    image: float32(image.data, image.shape),
    [names.targets]: float32(targets, [batch, classes]),
    [names.weights]: float32(new Float32Array(batch).fill(1 / batch), [batch, 1]),
    ...scalarFeeds(chosen, 1, 1e-4, hyper),
  };
  const fed = (steps: number) => (several ? stack(Array(steps).fill(feeds)) : feeds);
  const program = await engine.compile(graph, { carry, state });
  await program.run(fed(1));
  const steps = stepsOfRun(pace, (await milliseconds(() => program.run(fed(1)))) / 1000);
  const together = fed(steps);
  return {
    network,
    image,
    steps,
    images: steps * batch,
    once: () => program.run(together),
    dispose: () => program.dispose(),
  };
}
