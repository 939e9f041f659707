import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../base/random.js';
import { onnxRuntime } from '../../../engine/onnxruntime.js';
import { float32 } from '../../../graph/elements.js';
import { drawn, values } from '../../../testing/training-step.js';
import { buildNetwork } from '../../architectures/architecture.js';
import { architectures } from '../../architectures/registry.js';
import { probe } from '../../probe.js';
import { softmaxCrossEntropy } from '../loss.js';
import { names, scalarFeeds, trainingStep } from '../step.js';
import { optimisers } from './registry.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

/** Softmax regression on 4 pixels in float64. */
function literalGradient(w: number[], b: number[], x: number[][], t: number[][], weights: number[]) {
  const [dw, db] = [w.map(() => 0), b.map(() => 0)];
  for (const [n, pixels] of x.entries()) {
    const z = b.map((bias, k) => pixels.reduce((sum, p, i) => sum + w[k * 4 + i]! * p, bias));
    const total = z.reduce((sum, v) => sum + Math.exp(v), 0);
    for (const [k, v] of z.entries()) {
      const error = weights[n]! * (Math.exp(v) / total - t[n]![k]!);
      db[k]! += error;
      for (const [i, p] of pixels.entries()) dw[k * 4 + i]! += error * p;
    }
  }
  return { dw, db };
}

describe('optimisers', () => {
  for (const name of ['sgd', 'adam', 'adamw'] as const) {
    it(`${name} updates weights like its paper, in float64`, async () => {
      const hyper = { momentum: 0.8, decay: 0.05 };
      const rates = [0.1, 0.05, 0.2, 0.1, 0.01];
      const graph = buildNetwork(architectures.logistic!, [1, 2, 2], 3, {}, seededRandom(5));
      const shapes = await probe(graph, graph.inputs[0]!, [1, 2, 2], engine);
      const optimiser = optimisers[name]!;
      const step = trainingStep(graph, shapes, softmaxCrossEntropy, optimiser, hyper);
      const program = await engine.compile(step.graph, { carry: step.carry, state: step.state });
      const x = drawn('pixels', [6, 1, 2, 2]);
      const t = Array.from({ length: 6 }, (_, i) => [0, 1, 2].map((k) => (k === i % 3 ? 1 : 0)));
      const weights = [0.1, 0.2, 0.3, 0.1, 0.2, 0.1];
      const rows = Array.from({ length: 6 }, (_, n) => values(x).slice(4 * n, 4 * n + 4));
      let w = values(graph.initializers.get('logits.weight'));
      let b = values(graph.initializers.get('logits.bias'));
      const moments = {
        w: { m: w.map(() => 0), v: w.map(() => 0) },
        b: { m: b.map(() => 0), v: b.map(() => 0) },
      };
      const moved = (
        p: number[],
        g: number[],
        { m, v }: { m: number[]; v: number[] },
        step: number,
        decay: number,
      ) => {
        const rate = rates[step - 1]!;
        return p.map((value, i) => {
          const pull = name === 'adamw' ? g[i]! : g[i]! + decay * value;
          if (name === 'sgd') {
            m[i] = hyper.momentum * m[i]! + pull;
            return value - rate * m[i]!;
          }
          m[i] = 0.9 * m[i]! + 0.1 * pull;
          v[i] = 0.999 * v[i]! + 0.001 * pull * pull;
          const [mean, spread] = [m[i]! / (1 - 0.9 ** step), v[i]! / (1 - 0.999 ** step)];
          const kept = name === 'adamw' ? value * (1 - rate * decay) : value;
          return kept - (rate * mean) / (Math.sqrt(spread) + 1e-8);
        });
      };
      for (const [i, rate] of rates.entries()) {
        await program.run({
          image: x,
          [names.targets]: float32(t.flat(), [6, 3]),
          [names.weights]: float32(weights, [6, 1]),
          ...scalarFeeds(optimiser, i + 1, rate, hyper),
        });
        const { dw, db } = literalGradient(w, b, rows, t, weights);
        w = moved(w, dw, moments.w, i + 1, hyper.decay);
        b = moved(b, db, moments.b, i + 1, 0);
      }
      const state = await program.state();
      await program.dispose();
      for (const [i, v] of values(state['logits.weight']).entries()) expect(v).toBeCloseTo(w[i]!, 5);
      for (const [i, v] of values(state['logits.bias']).entries()) expect(v).toBeCloseTo(b[i]!, 5);
    });
  }
});
