import { afterAll, describe, expect, it } from 'vitest';
import { gradient, passOf } from '../../attribution/program/backward.js';
import { explainProgram } from '../../attribution/program/explain.js';
import { seededRandom } from '../../base/random.js';
import { quietly } from '../../base/run.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { float32, numbers } from '../../graph/elements.js';
import { classifierOf } from '../../model/load.js';
import { predict } from '../../model/predict.js';
import { difference, directions } from '../reference/differences.js';
import { interpret } from '../reference/interpret.js';
import { networks } from './index.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

describe('input gradients of whole networks', () => {
  it.each(Object.keys(networks))('agree with finite differences in float64: %s', async (name) => {
    const graph = networks[name]!();
    const model = await classifierOf(graph, name, { engine, precision: 'float32' });
    const random = seededRandom(name);
    const shape = [2, ...model.input.shape];
    const data = Float32Array.from({ length: 2 * 192 }, () => random.normal());
    const seed = Float32Array.from({ length: 6 }, () => random.normal());
    const feeds = { input: { data: Float64Array.from(data), shape } };
    const seeds = { logits: { data: Float64Array.from(seed), shape: [2, 3] } };
    const logits = interpret(graph, feeds).get('logits')!;
    const got = await predict(model, { data, shape }, quietly);
    for (const [i, value] of got.data.entries()) expect(value).toBeCloseTo(logits.data[i]!, 4);
    const program = await engine.compile(
      explainProgram(model, passOf(model, { method: 'gradient', ruleFor: gradient })),
    );
    const result = await program.run({ input: float32(data, shape), 'sl.seed': float32(seed, [2, 3]) });
    const slopes = numbers(result['sl.at.input']!);
    const largest = Math.max(...slopes.map(Math.abs));
    expect(largest).toBeGreaterThan(1e-4);
    for (const direction of directions(data.length, random)) {
      const expected = difference(model.graph, feeds, seeds, 'input', direction);
      const along = slopes.reduce((sum, slope, i) => sum + slope * direction[i]!, 0);
      const length = Math.hypot(...direction);
      expect(Math.abs(along - expected)).toBeLessThan(3e-5 * largest * length);
    }
  });
});
