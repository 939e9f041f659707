import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { int, ints } from '../../graph/attributes.js';
import { startGraph } from '../../graph/builder.js';
import { float32, numbers, scalar } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import type { Shapes } from '../../graph/shapes.js';
import { networks } from '../../testing/networks/index.js';
import type { Array64 } from '../../testing/reference/arrays.js';
import { cases, isFlat, titleOf } from '../../testing/reference/cases/index.js';
import { shapesOf } from '../../testing/reference/differences.js';
import { interpret } from '../../testing/reference/interpret.js';
import { feed, prepare, withGradients } from '../../testing/reference/prepare.js';
import { inDouble } from './index.js';

const engine = onnxRuntime('cpu', 1);
afterAll(() => engine.dispose());

type Feeds = Readonly<Record<string, Array64>>;

/** The outputs before they are cast to float32. */
function unrounded(graph: Graph, shapes: Shapes): Graph {
  const double = inDouble(graph, shapes)!;
  const casts = double.nodes.slice(-graph.outputs.length);
  expect(casts.map(({ op, outputs }) => [op, outputs[0]])).toEqual(
    graph.outputs.map((v) => ['Cast', v.name]),
  );
  return {
    ...double,
    nodes: double.nodes.slice(0, -casts.length),
    outputs: casts.map(({ inputs }) => ({ name: inputs[0]!, type: 'float64' })),
  };
}

async function runs(graph: Graph, feeds: Feeds) {
  const program = await engine.compile(graph);
  const single = Object.entries(feeds).map(([name, { data, shape }]) => [name, float32([...data], shape)]);
  const found = await program.run(Object.fromEntries(single));
  await program.dispose();
  return graph.outputs.map(({ name }) => found[name]!);
}

function expectClose(got: readonly number[], want: ArrayLike<number>, tolerance: number) {
  expect(got.length).toBe(want.length);
  const scale = Math.max(1e-3, ...got.map(Math.abs));
  const worst = Math.max(0, ...got.map((value, i) => Math.abs(value - want[i]!) / scale));
  expect(worst).toBeLessThan(tolerance);
}

/** Resize positions and normalisation epsilons are float32 attributes. */
const tolerances: Readonly<Record<string, number>> = {
  Resize: 1e-6,
  BatchNormalization: 1e-8,
  LayerNormalization: 1e-8,
};

/** Operators whose kernels do not compute in float64; no classifier needs them. */
const without = new Set(['Acos', 'Asin', 'Atan']);

describe('a graph in float64', () => {
  it.each(cases.map((one) => [titleOf(one), one] as const))(
    'matches the specification in 64 bits: %s',
    async (_, one) => {
      const { graph, feeds, first } = prepare(one);
      const shapes = shapesOf(graph, first, feeds);
      if (without.has(one.op)) {
        expect(inDouble(graph, shapes)).toBeUndefined();
        return;
      }
      const expected = interpret(graph, feeds);
      const found = await runs(unrounded(graph, shapes), feeds);
      for (const i of one.used ?? graph.outputs.keys()) {
        const { name } = graph.outputs[i]!;
        expect(found[i]!.type).toBe('float64');
        expect(found[i]!.shape).toEqual(expected.get(name)!.shape);
        expectClose(numbers(found[i]!), expected.get(name)!.data, tolerances[one.op] ?? 1e-12);
      }
    },
  );

  const sloped = cases.filter((one) => !without.has(one.op) && !isFlat(one));
  it.each(sloped.map((one) => [titleOf(one), one] as const))(
    'has gradients close to those in 32 bits: %s',
    async (_, one) => {
      const prepared = prepare(one);
      const { graph } = withGradients(prepared);
      const shapes = shapesOf(prepared.graph, prepared.first, prepared.feeds);
      const seeds = Object.entries(prepared.seeds).map(([name, seed]) => [`s.${name}`, seed]);
      const feeds = { ...prepared.feeds, ...Object.fromEntries(seeds) };
      const double = inDouble(graph, shapes)!;
      const [wide, narrow] = [await runs(double, feeds), await runs(graph, feeds)];
      for (const [i, found] of wide.entries()) {
        expect([found.type, found.shape]).toEqual(['float32', narrow[i]!.shape]);
        expectClose(numbers(found), numbers(narrow[i]!), 2e-5);
      }
    },
  );

  it.each(Object.keys(networks))('computes whole networks: %s', async (name) => {
    const graph = networks[name]!();
    const { feeds, first } = feed(graph, ['logits'], seededRandom(name));
    const expected = interpret(graph, feeds).get('logits')!;
    const [logits] = await runs(unrounded(graph, shapesOf(graph, first, feeds)), feeds);
    expectClose(numbers(logits!), expected.data, 1e-8);
  });

  it('runs a Clip after a Relu', async () => {
    const b = startGraph('bounded');
    const bounded = b.emit('Clip', [b.emit('Relu', ['x']), b.constant(scalar(0.25))]);
    const graph = b.finish(
      [{ name: 'x', type: 'float32', shape: ['N', 3] }],
      [{ name: bounded, type: 'float32' }],
    );
    const feeds = { x: { data: Float64Array.of(-1, 0.125, 2), shape: [1, 3] } };
    const [found] = await runs(inDouble(graph)!, feeds);
    expect(numbers(found!)).toEqual([0.25, 0.25, 2]);
  });

  it('keeps the erf of large and tiny numbers', async () => {
    const one = cases.find(({ op }) => op === 'Erf')!;
    const { graph } = prepare(one);
    const data = Float64Array.from(
      [-40, -6.5, -4, -1, -0.46875, -1e-20, 0, 1e-9, 0.46875, 3.5, 7, 1e30].map(Math.fround),
    );
    const feeds = { x0: { data, shape: [1, 3, 4] } };
    const expected = interpret(graph, feeds).get('y0')!;
    const [found] = await runs(unrounded(graph, new Map()), feeds);
    for (const [i, value] of numbers(found!).entries()) {
      expect(Math.abs(value - expected.data[i]!)).toBeLessThanOrEqual(2e-15 * Math.abs(expected.data[i]!));
    }
  });
});

describe('a deep network in float64', () => {
  const depthwise = (layers: number) => {
    const b = startGraph('depthwise');
    let x = 'x';
    for (let layer = 0; layer < layers; layer++) {
      const weights = b.constant(float32(new Float32Array(200).fill(0.1), [8, 1, 5, 5]));
      const made = { group: int(8), pads: ints([2, 2, 2, 2]) };
      x = b.emit('Conv', [x, weights], made);
      b.declare({ name: x, type: 'float32', shape: ['N', 8, 16, 16] });
    }
    const input = { name: 'x', type: 'float32', shape: ['N', 8, 16, 16] } as const;
    return inDouble(b.finish([input], [{ name: x, type: 'float32' }]))!;
  };

  // ONNX Runtime's compilation is quadratic in the constants, and in the values of unknown shape.
  it('adds a bounded number of nodes, and only weights to the constants', () => {
    const [few, many] = [depthwise(10), depthwise(20)];
    expect(many.nodes.length - few.nodes.length).toBeLessThanOrEqual(10 * 24);
    expect(many.initializers.size - few.initializers.size).toBe(10);
  });

  // With zeros between patches, 16 x 16 x 16 of them took more memory than a machine has.
  it('sets patches side by side without zeros between them', () => {
    const b = startGraph('patches');
    const y = b.emit('ConvTranspose', ['x', 'w'], { strides: ints([8, 8]), kernel_shape: ints([8, 8]) });
    const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
    const inputs = [value('x', ['N', 4, 2, 2]), value('w', [4, 1, 8, 8])];
    const { nodes } = inDouble(b.finish(inputs, [value(y, ['N', 1, 16, 16])]))!;
    expect(nodes.filter(({ op }) => ['Pad', 'Slice', 'Concat'].includes(op)).map(({ op }) => op)).toEqual([
      'Concat',
      'Concat',
    ]);
  });

  it('declares the shapes of values in float64', () => {
    const declared = new Map(depthwise(10).between?.map((value) => [value.name, value]));
    const outputs = depthwise(10).nodes.filter(({ name }) => declared.has(name));
    expect(declared.size).toBe(9);
    expect(outputs.every(({ name }) => declared.get(name)!.type === 'float64')).toBe(true);
  });
});
