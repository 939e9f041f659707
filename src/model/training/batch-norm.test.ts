import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { float32 } from '../../graph/elements.js';
import { drawn, referee, values } from '../../testing/training-step.js';
import { architecture, buildNetwork } from '../architectures/architecture.js';
import { batchNorm, dense, flatten } from '../architectures/layers.js';
import { probe } from '../probe.js';
import { softmaxCrossEntropy } from './loss.js';
import { optimisers } from './optimisers/registry.js';
import { names, scalarFeeds, trainingStep } from './step.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

describe('batch normalisation in training', () => {
  it('starts running statistics as a plain mean', async () => {
    const normalising = architecture({
      name: 'normalising',
      doc: '',
      options: {},
      build: (net, image, classes) =>
        dense(net, 'logits', flatten(net, 'flat', batchNorm(net, 'bn', image)), classes),
    });
    const graph = buildNetwork(normalising, [2, 3, 3], 2, {}, seededRandom(1));
    const shapes = await probe(graph, graph.inputs[0]!, [2, 3, 3], engine);
    const hyper = { momentum: 0, decay: 0 };
    const step = trainingStep(graph, shapes, softmaxCrossEntropy, optimisers.sgd!, hyper);
    const program = await engine.compile(step.graph, { carry: step.carry, state: step.state });
    const running = { mean: [0, 0], variance: [1, 1] };
    for (let t = 1; t <= 13; t++) {
      const x = drawn(`batch ${t}`, [5, 2, 3, 3]);
      const shifted = {
        ...x,
        data: (x.data as Float32Array).map((v, i) => 3 * v + (Math.floor(i / 9) % 2) * 10),
      };
      await program.run({
        image: shifted,
        [names.targets]: float32(Array(5).fill([1, 0]).flat(), [5, 2]),
        [names.weights]: float32(Array(5).fill(0.2), [5, 1]),
        ...scalarFeeds(optimisers.sgd!, t, 0, hyper),
      });
      for (const channel of [0, 1]) {
        const own = Array.from(shifted.data).filter((_, i) => Math.floor(i / 9) % 2 === channel);
        const mean = own.reduce((a, b) => a + b, 0) / own.length;
        const variance = own.reduce((a, v) => a + (v - mean) ** 2, 0) / own.length;
        const fresh = t < 10 ? 1 / t : 0.1;
        running.mean[channel]! += fresh * (mean - running.mean[channel]!);
        running.variance[channel]! += fresh * (variance - running.variance[channel]!);
      }
    }
    const state = await program.state();
    await program.dispose();
    for (const channel of [0, 1]) {
      expect(values(state['bn.running_mean'])[channel]).toBeCloseTo(running.mean[channel]!, 5);
      expect(values(state['bn.running_var'])[channel]).toBeCloseTo(running.variance[channel]!, 4);
    }
  });

  it('written out trains as the fused one does, over fifty steps', async () => {
    const graph = buildNetwork(referee, [3, 10, 10], 3, {}, seededRandom('fifty'));
    const shapes = await probe(graph, graph.inputs[0]!, [3, 10, 10], engine);
    const hyper = { momentum: 0.9, decay: 1e-3 };
    const targets = float32([1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0], [4, 3]);
    const trained = async (preferred: string) => {
      const step = trainingStep(graph, shapes, softmaxCrossEntropy, optimisers.sgd!, hyper, preferred);
      const program = await engine.compile(step.graph, { carry: step.carry, state: step.state });
      for (let t = 1; t <= 50; t++) {
        await program.run({
          image: drawn(`image ${t}`, [4, 3, 10, 10]),
          [names.targets]: targets,
          [names.weights]: float32([0.25, 0.25, 0.25, 0.25], [4, 1]),
          ...scalarFeeds(optimisers.sgd!, t, 0.02, hyper),
        });
      }
      const state = await program.state();
      await program.dispose();
      return state;
    };
    const [fused, written] = [await trained('cpu'), await trained('cuda')];
    expect(Object.keys(written)).toEqual(Object.keys(fused));
    for (const [name, value] of Object.entries(fused)) {
      for (const [i, want] of values(value).entries()) {
        expect(Math.abs(values(written[name])[i]! - want), `${name}[${i}]`).toBeLessThan(1e-5);
      }
    }
  });
});
