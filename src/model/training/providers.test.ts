import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { fallbacks } from '../../engine/gpu/fallbacks.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { type Architecture, buildNetwork } from '../architectures/architecture.js';
import { architectures } from '../architectures/registry.js';
import { probe } from '../probe.js';
import { sigmoidCrossEntropy, softmaxCrossEntropy } from './loss.js';
import { optimisers } from './optimisers/registry.js';
import { trainingStep } from './step.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const small: Readonly<Record<string, number>> = { width: 4, depth: 1, heads: 2, patch: 8, dropout: 0.2 };
const optionsOf = ({ options }: Architecture) =>
  Object.fromEntries(Object.entries(small).filter(([name]) => name in options));

describe('a training step leaves no operator to the CPU', () => {
  it.each(Object.entries(architectures))('%s', async (_, network) => {
    const shape = [1, 32, 32] as const;
    const graph = buildNetwork(network, shape, 3, optionsOf(network), seededRandom(1));
    const shapes = await probe(graph, graph.inputs[0]!, shape, engine);
    const hyper = { momentum: 0.9, decay: 0.1 };
    for (const provider of ['cuda', 'webgpu'] as const) {
      for (const loss of [softmaxCrossEntropy, sigmoidCrossEntropy]) {
        for (const [name, optimiser] of Object.entries(optimisers)) {
          const step = trainingStep(graph, shapes, loss, optimiser, hyper, provider);
          const left = fallbacks(step.graph, provider).map((node) => `${node.op} '${node.name}'`);
          expect(left, `${provider}, ${loss.name}, ${name}`).toEqual([]);
        }
      }
    }
  });
});
