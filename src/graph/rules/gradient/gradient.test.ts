import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../base/random.js';
import { onnxRuntime } from '../../../engine/onnxruntime.js';
import { zeros } from '../../../tensor/tensor.js';
import type { Array64 } from '../../../testing/reference/arrays.js';
import { cases, isFlat, titleOf } from '../../../testing/reference/cases/index.js';
import { difference, directions } from '../../../testing/reference/differences.js';
import { interpret } from '../../../testing/reference/interpret.js';
import { type Prepared, prepare, withGradients } from '../../../testing/reference/prepare.js';
import { float32, numbers } from '../../elements.js';
import { isRefusal } from '../../refusal.js';
import { gradientRules } from './index.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const single = ({ data, shape }: Array64) => float32(Float32Array.from(data), shape);

/** The gradients for any engine, and for the CPU where they are written differently. */
function forms(prepared: Prepared) {
  const [any, cpu] = [withGradients(prepared), withGradients(prepared, 'cpu')];
  return JSON.stringify(any.graph.nodes) === JSON.stringify(cpu.graph.nodes) ? [any] : [any, cpu];
}

const dot = (a: readonly number[], b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

function expectClose(got: readonly number[], expected: readonly number[], tolerance: number) {
  expect(got.length).toBe(expected.length);
  const scale = Math.max(1e-3, ...expected.map(Math.abs));
  const worst = Math.max(0, ...expected.map((value, i) => Math.abs(value - got[i]!) / scale));
  expect(worst).toBeLessThan(tolerance);
}

/** Not the derivative, which is zero: src/graph/rules/gradient/quantise.test.ts tries them. */
const straightThrough = ['DequantizeLinear', 'QuantizeLinear', 'Round'];

describe('gradient rules', () => {
  it('are tried, every one', () => {
    const tried = new Set(cases.map(({ op }) => op));
    const rules = Object.entries(gradientRules).filter(
      ([op, rule]) => !isRefusal(rule) && !straightThrough.includes(op),
    );
    expect(rules.flatMap(([op]) => (tried.has(op) ? [] : [op]))).toEqual([]);
  });

  it.each(cases.filter(isFlat).map((one) => [titleOf(one), one] as const))(
    'refuse a network that is flat everywhere: %s',
    (_, one) => {
      expect(() => withGradients(prepare(one))).toThrow(/'node'\): it is flat wherever it has a slope/);
    },
  );

  const sloped = cases.filter((one) => !isFlat(one));
  it.each(sloped.map((one) => [titleOf(one), one] as const))(
    'agree with finite differences in float64: %s',
    async (_, one) => {
      const prepared = prepare(one);
      const { feeds, seeds } = prepared;
      const seedFeeds = Object.entries(seeds).map(([name, seed]) => [`s.${name}`, single(seed)] as const);
      const inputs = Object.entries(feeds).map(([name, value]) => [name, single(value)] as const);
      const expected = interpret(prepared.graph, feeds);
      const slopes = prepared.graph.inputs.map(({ name }) => {
        const along = directions(feeds[name]!.data.length, seededRandom(name));
        const values = along.map((direction) => difference(prepared.graph, feeds, seeds, name, direction));
        return { name, along, values };
      });
      for (const { graph, flat } of forms(prepared)) {
        const program = await engine.compile(graph);
        const got = await program.run(Object.fromEntries([...inputs, ...seedFeeds]));
        await program.dispose();
        for (const { name } of prepared.graph.outputs) {
          expect(got[name]!.shape).toEqual(expected.get(name)!.shape);
          expectClose(numbers(got[name]!), [...expected.get(name)!.data], 1e-5);
        }
        for (const { name, along, values } of slopes) {
          const gradient = flat.includes(name) ? zeros(feeds[name]!.shape) : got[`d.${name}`]!;
          expect(gradient.shape).toEqual(feeds[name]!.shape);
          const found = along.map((direction) => dot(numbers({ ...gradient, type: 'float32' }), direction));
          expectClose(found, values, 2e-5);
        }
      }
    },
  );
});
