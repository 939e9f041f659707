import { attribute } from '../../attribution/attribute.js';
import { patchShare } from '../../attribution/incremental/index.js';
import { patchesOf } from '../../attribution/perturbation/occlusion.js';
import { SightlineError } from '../../base/errors.js';
import { lookUp } from '../../base/names.js';
import type { GivenOptions } from '../../base/options.js';
import { seededRandom } from '../../base/random.js';
import { checkpoint, quietly, type RunContext } from '../../base/run.js';
import type { Engine } from '../../engine/engine.js';
import type { Builder } from '../../graph/builder.js';
import { buildNetwork } from '../../model/architectures/architecture.js';
import { architectureOf } from '../../model/architectures/registry.js';
import { type Classifier, classCount, imageShape } from '../../model/classifier.js';
import { borderOf } from '../../model/input/border.js';
import { classifierOf } from '../../model/load.js';
import { predict } from '../../model/predict.js';
import { ask } from '../../model/questions/ask.js';
import { graft } from '../../model/questions/graft.js';
import type { Target } from '../../model/target.js';
import { sizeOf, type Tensor } from '../../tensor/tensor.js';
import { median, milliseconds } from '../seconds.js';

/** A method to time, with its number of draws (steps, samples or windows). */
export interface CostCase {
  readonly method: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly draws?: number;
  /** Theoretical number of forward passes per draw; a function if it depends on the network. */
  readonly theory: number | ((model: Classifier) => number);
  /** The largest accepted cost per draw, in forward passes. */
  readonly goal: number;
}

export interface AttributionCost extends Omit<CostCase, 'theory'> {
  readonly network: string;
  readonly theory: number;
  readonly batch: number;
  /**
   * Medians: the milliseconds of one image's forward pass, and the method's cost per draw in forward passes.
   */
  readonly forward: number;
  readonly passes: number;
}

const backward = (method: string, options?: CostCase['options']): CostCase => ({
  method,
  options,
  theory: 2,
  goal: 2.6,
});
const lrp = (composite: string, theory: number, goal: number): CostCase => ({
  method: 'lrp',
  options: { composite },
  theory,
  goal,
});

/** In theory a window costs the fraction of the network that it can change. */
const occlusion = (size: number, draws: number): CostCase => ({
  method: 'occlusion',
  options: { window: size, stride: size },
  draws,
  theory: (given) => {
    const { model } = borderOf(given);
    return patchShare({ model, boxes: patchesOf(imageShape(model), [size, size], [size, size]) });
  },
  goal: 0.5,
});

/** Methods that evaluate the model on coalitions of segments, the 8x8 cells of a grid unless they say. */
const coalitions = (method: string, options: CostCase['options'], draws: number): CostCase => ({
  method,
  options,
  draws,
  theory: 1,
  goal: 1.1,
});

export const costCases: readonly CostCase[] = [
  backward('gradient'),
  backward('input-x-gradient'),
  backward('guided-backprop'),
  { method: 'integrated-gradients', options: { steps: 32 }, draws: 32, theory: 2, goal: 2.5 },
  { method: 'gradcam', theory: 1, goal: 1.3 },
  lrp('epsilon', 3, 4),
  lrp('epsilon-plus', 3, 4),
  lrp('gamma', 5, 6),
  lrp('epsilon-alpha2-beta1', 5, 6),
  { method: 'deeplift', theory: 3, goal: 4.5 },
  { method: 'rise', options: { masks: 32 }, draws: 32, theory: 1, goal: 1.1 },
  coalitions('kernel-shap', { budget: 66 }, 66),
  coalitions('lime', { budget: 66 }, 66),
  coalitions('hsic', { budget: 66 }, 66),
  coalitions('sobol', { budget: 134 }, 134),
  coalitions('shapley-sampling', { budget: 128 }, 128),
  coalitions('shapley-exact', { segments: '2,3' }, 64),
  coalitions('owen', { budget: 128 }, 128),
  coalitions('feature-ablation', {}, 66),
  coalitions('feature-permutation', { samples: 1 }, 66),
  { method: 'extremal', options: { steps: 32 }, draws: 32, theory: 2, goal: 2.6 },
  { method: 'xrai', draws: 100, theory: 2, goal: 2.5 },
  occlusion(32, 49),
  occlusion(16, 196),
];

interface CostNetwork {
  readonly architecture: string;
  readonly options?: GivenOptions;
  /** What a segmentation network is asked: the mean of a class's scores over a region, or over all pixels. */
  readonly asks?: 'region' | 'class';
}

const small = { encoder: 'resnet-small', width: 16 };

/** The networks of the cost benchmark. */
export const costNetworks: Readonly<Record<string, CostNetwork>> = {
  resnet18: { architecture: 'resnet18' },
  densenet121: { architecture: 'densenet121' },
  'vit-s16': { architecture: 'vit-tiny', options: { patch: 16, width: 384, heads: 6, depth: 12 } },
  'unet-region': { architecture: 'unet', options: small, asks: 'region' },
  'unet-class': { architecture: 'unet', options: small, asks: 'class' },
};

/** Builds a network with random weights and input 3x224x224, for timing only. */
export async function costModel(network: string, engine: Engine): Promise<Classifier> {
  const { architecture, options = {}, asks } = lookUp<CostNetwork>(costNetworks, network, 'network');
  const random = seededRandom('cost');
  const classes = asks ? 2 : 1000;
  const graph = buildNetwork(architectureOf(architecture), [3, SIDE, SIDE], classes, options, random);
  const target: Target = { kind: 'region', of: '1', at: middle() };
  const model = await classifierOf(graph, network, {
    ...{ engine, precision: 'float32' },
    ...(asks && { target }),
  });
  if (asks === 'region') return (await ask(model, target, noise([1, 3, SIDE, SIDE]))).model;
  if (asks === undefined) return model;
  const meanOf = (builder: Builder, scores: string) =>
    builder.reshape(builder.reduce('ReduceMean', scores, [2, 3]), [-1, classes]);
  return graft(model, 'mean', meanOf);
}

const SIDE = 224;

/** A mask of the middle of an image, a quarter of its area. */
function middle(): Tensor {
  const inside = (at: number) => at >= SIDE / 4 && at < (3 * SIDE) / 4;
  const data = Float32Array.from({ length: SIDE * SIDE }, (_, p) =>
    Number(inside(p % SIDE) && inside(Math.floor(p / SIDE))),
  );
  return { data, shape: [SIDE, SIDE] };
}

/**
 * Times each method and the forward pass of the same batch in alternation, so that their ratio hardly
 * depends on the machine. Leaves out methods that do not support the network.
 */
export async function attributionCost(
  network: string,
  cases: readonly CostCase[],
  engine: Engine,
  run: RunContext,
  { batch = 16, repeats = 5 } = {},
): Promise<AttributionCost[]> {
  const model = await costModel(network, engine);
  const input = noise([batch, ...model.input.shape]);
  const targets = Array.from({ length: batch }, (_, i) => i % classCount(model));
  const results: AttributionCost[] = [];
  const bar = run.progress.start(`cost on ${network}`, cases.length * repeats);
  for (const one of cases) {
    const explain = () =>
      attribute(model, one.method, input, targets, one.options, { run: { ...quietly, signal: run.signal } });
    const forward = () => predict(model, input, quietly);
    // Compiles before timing.
    await forward();
    try {
      await explain();
    } catch (error) {
      if (error instanceof SightlineError && error.kind === 'unsupported') continue;
      throw error;
    }
    const pairs: { forward: number; ratio: number }[] = [];
    for (let i = 0; i < repeats; i++) {
      await checkpoint(run);
      const before = await milliseconds(forward);
      const own = await milliseconds(explain);
      const after = await milliseconds(forward);
      const passes = (before + after) / 2;
      pairs.push({ forward: passes / batch, ratio: own / passes / (one.draws ?? 1) });
      bar.advance(1, one.method);
    }
    results.push({
      ...one,
      network,
      theory: typeof one.theory === 'number' ? one.theory : one.theory(model),
      batch,
      forward: median(pairs.map((p) => p.forward)),
      passes: median(pairs.map((p) => p.ratio)),
    });
  }
  bar.done();
  return results;
}

function noise(shape: readonly number[]): Tensor {
  const random = seededRandom('cost input');
  return { data: Float32Array.from({ length: sizeOf(shape) }, () => random.normal()), shape };
}
