import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { float32, scalar } from '../../graph/elements.js';
import { buildNetwork } from '../architectures/architecture.js';
import { architectures } from '../architectures/registry.js';
import { probe } from '../probe.js';
import { keptAt, withAverages } from './average.js';
import { softmaxCrossEntropy } from './loss.js';
import { optimisers } from './optimisers/registry.js';
import { names, networkOf, scalarFeeds, trainingStep } from './step.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

describe('a step with averaged weights', () => {
  it('keeps the moving average of all values, and trains as without it', async () => {
    const shape = [1, 8, 8] as const;
    const [optimiser, hyper] = [optimisers.sgd!, { momentum: 0.9, decay: 0 }];
    const graph = buildNetwork(architectures['resnet-small']!, shape, 2, { width: 2 }, seededRandom(1));
    const shapes = await probe(graph, graph.inputs[0]!, shape, engine);
    const plain = trainingStep(graph, shapes, softmaxCrossEntropy, optimiser, hyper);
    const averaged = withAverages(plain);
    const [a, b] = [await engine.compile(plain.graph, plain), await engine.compile(averaged.graph, averaged)];
    const image = Float32Array.from({ length: 4 * 64 }, (_, i) => Math.sin(i * i));
    const wanted = Object.fromEntries(
      Object.entries(networkOf(plain, plain.state)).map(([name, { data }]) => [
        name,
        Array.from(data, Number),
      ]),
    );
    for (let t = 1; t <= 4; t++) {
      const feeds = {
        image: float32(image, [4, ...shape]),
        [names.targets]: float32([1, 0, 0, 1, 1, 0, 0, 1], [4, 2]),
        [names.weights]: float32([0.25, 0.25, 0.25, 0.25], [4, 1]),
        ...scalarFeeds(optimiser, t, 0.1, hyper),
      };
      const kept = keptAt(0.9, t);
      expect(kept).toBe((1 + t) / (10 + t));
      await a.run(feeds);
      await b.run({ ...feeds, [names.kept]: scalar(kept) });
      for (const [name, { data }] of Object.entries(networkOf(plain, await a.state())))
        wanted[name] = wanted[name]!.map((old, i) => kept * old + (1 - kept) * Number(data[i]));
    }
    const [values, averages] = [await a.state(), await b.state()];
    for (const [name, { data }] of Object.entries(values)) expect(averages[name]!.data).toEqual(data);
    for (const [name, { data }] of Object.entries(networkOf(averaged, averages)))
      for (const [i, value] of data.entries()) expect(Number(value)).toBeCloseTo(wanted[name]![i]!, 5);
    expect(keptAt(0.9, 1000)).toBe(0.9);
    await Promise.all([a.dispose(), b.dispose()]);
  });
});
