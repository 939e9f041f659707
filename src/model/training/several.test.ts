import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import type { Arrays } from '../../engine/engine.js';
import { fallbacks } from '../../engine/gpu/fallbacks.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { feedsOfStep } from '../../testing/training-step.js';
import { buildNetwork } from '../architectures/architecture.js';
import { architectures } from '../architectures/registry.js';
import { probe } from '../probe.js';
import { softmaxCrossEntropy } from './loss.js';
import { optimisers } from './optimisers/registry.js';
import { severalSteps, stack, unstacked } from './several.js';
import { type Step, trainingStep } from './step.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const shape = [1, 12, 12] as const;
const hyper = { momentum: 0.9, decay: 1e-3 };
const optimiser = optimisers.adamw!;

const feedsOf = (t: number): Arrays => feedsOfStep(t, shape, optimiser, hyper);

const compiled = ({ graph, carry, state }: Step) => engine.compile(graph, { carry, state });

describe('several steps in one run', () => {
  it.each(['resnet-small', 'vit-tiny'] as const)('equal single steps: %s', async (name) => {
    const options = name === 'vit-tiny' ? { width: 8, heads: 2, depth: 1, patch: 4 } : { width: 4 };
    const graph = buildNetwork(architectures[name]!, shape, 2, options, seededRandom(1));
    const shapes = await probe(graph, graph.inputs[0]!, shape, engine);
    const step = trainingStep(graph, shapes, softmaxCrossEntropy, optimiser, hyper, 'cuda');
    const [one, many] = [await compiled(step), await compiled(severalSteps(step))];
    const singles: Arrays[] = [];
    for (let t = 1; t <= 5; t++) singles.push(await one.run(feedsOf(t)));
    const several = [
      await many.run(stack([1, 2, 3].map(feedsOf))),
      await many.run(stack([4, 5].map(feedsOf))),
    ];
    const got = [0, 1, 2].map((i) => unstacked(several[0]!, i));
    got.push(...[0, 1].map((i) => unstacked(several[1]!, i)));
    const close = (found: Arrays, wanted: Arrays) => {
      expect(Object.keys(found)).toEqual(Object.keys(wanted));
      for (const [key, { data, shape }] of Object.entries(wanted)) {
        expect(found[key]!.shape, key).toEqual(shape);
        for (const [i, value] of found[key]!.data.entries()) {
          expect(Math.abs(Number(value) - Number(data[i])), `${key}[${i}]`).toBeLessThan(1e-5);
        }
      }
    };
    for (const [i, outputs] of singles.entries()) close(got[i]!, outputs);
    close(await many.state(), await one.state());
    await Promise.all([one.dispose(), many.dispose()]);
    expect(fallbacks(severalSteps(step).graph, 'cuda')).toEqual([]);
  });
});
