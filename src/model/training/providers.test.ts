import { afterAll, describe, expect, it } from 'vitest';
import { readOptions } from '../../base/options.js';
import { seededRandom } from '../../base/random.js';
import { fallbacks } from '../../engine/gpu/fallbacks.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { type Architecture, buildNetwork } from '../architectures/architecture.js';
import { architectures } from '../architectures/registry.js';
import { probe } from '../probe.js';
import type { Loss, Phase } from '../recipe.js';
import { withAverages } from './average.js';
import { focalSigmoid, focalSoftmax } from './focal.js';
import { sigmoidCrossEntropy, softmaxCrossEntropy, squaredError } from './loss.js';
import type { Optimiser } from './optimisers/optimiser.js';
import { optimisers } from './optimisers/registry.js';
import { severalSteps } from './several.js';
import { trainingStep } from './step.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const small: Readonly<Record<string, number>> = {
  ...{ width: 4, depth: 1, heads: 2, patch: 8, dropout: 0.2, pretrain: 1 },
};
const optionsOf = ({ options }: Architecture) =>
  Object.fromEntries(Object.entries(small).filter(([name]) => name in options));

/** The nodes of a training step, in each phase of the training, that a GPU leaves to the CPU. */
async function left(network: Architecture, loss: Loss, optimiser: Optimiser): Promise<string[]> {
  const shape = [1, 32, 32] as const;
  const graph = buildNetwork(network, shape, 3, optionsOf(network), seededRandom(1));
  const shapes = await probe(graph, graph.inputs[0]!, shape, engine);
  const hyper = { momentum: 0.9, decay: 0.1 };
  const own = readOptions(network.options, optionsOf(network), network.name);
  const phases: readonly Phase[] = network.phases?.(own, 1) ?? [{ name: '', epochs: 1 }];
  const inPhase = (phase: Phase, provider: 'cuda' | 'webgpu') => {
    const whole = phase.loss?.(loss, graph) ?? loss;
    const step = withAverages(trainingStep(graph, shapes, whole, optimiser, hyper, provider, phase));
    const run = provider === 'cuda' ? severalSteps(step) : step;
    return fallbacks(run.graph, provider).map(({ op, name }) => `${provider}: ${op} '${name}'`);
  };
  return phases.flatMap((phase) => [...inPhase(phase, 'cuda'), ...inPhase(phase, 'webgpu')]);
}

describe('a training step leaves no operator to the CPU', () => {
  it.each(Object.entries(architectures))('of network %s', async (_, network) => {
    expect(await left(network, softmaxCrossEntropy, optimisers.adamw!)).toEqual([]);
  });

  it.each(Object.entries(optimisers))('of optimiser %s', async (_, optimiser) => {
    for (const loss of [softmaxCrossEntropy, sigmoidCrossEntropy])
      expect(await left(architectures.mlp, loss, optimiser)).toEqual([]);
  });

  it.each([focalSoftmax(2), focalSigmoid(2), squaredError(1)])('of loss $name', async (loss) => {
    expect(await left(architectures.logistic, loss, optimisers.sgd!)).toEqual([]);
  });
});
