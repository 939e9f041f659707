import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import { attribute } from '../attribution/attribute.js';
import { seededRandom } from '../base/random.js';
import { startGraph } from '../graph/builder.js';
import { float32, numbers, scalar } from '../graph/elements.js';
import type { Constant, Graph } from '../graph/graph.js';
import { classifierOf } from '../model/load.js';
import { sizeOf } from '../tensor/tensor.js';
import { networks } from '../testing/networks/index.js';
import type { Array64 } from '../testing/reference/arrays.js';
import { cases, isFlat, titleOf } from '../testing/reference/cases/index.js';
import { prepare, withGradients } from '../testing/reference/prepare.js';
import type { Arrays, Engine } from './engine.js';
import { onnxRuntime } from './onnxruntime.js';
import { interpret, scheduleOf } from './tensorflow/interpret.js';
import { operators } from './tensorflow/operators.js';
import { fromConstant } from './tensorflow/value.js';
import { tensorflow } from './tensorflow.js';

const [peer, engine] = [onnxRuntime(), tensorflow()];
afterAll(() => Promise.all([peer.dispose(), engine.dispose()]));

const single = ({ data, shape }: Array64) => float32(Float32Array.from(data), shape);

async function once(on: Engine, graph: Graph, feeds: Arrays): Promise<Arrays> {
  const program = await on.compile(graph);
  try {
    return await program.run(feeds);
  } finally {
    await program.dispose();
  }
}

function expectSame(got: Constant, expected: Constant) {
  expect([got.type, got.shape]).toEqual([expected.type, expected.shape]);
  const wanted = numbers(expected);
  const scale = Math.max(1e-3, ...wanted.map(Math.abs));
  for (const [i, value] of numbers(got).entries())
    expect(Math.abs(value - wanted[i]!) / scale).toBeLessThan(3e-5);
}

describe('TensorFlow.js', () => {
  const runs = cases.map((one) => {
    const prepared = prepare(one);
    const seeds = isFlat(one) ? [] : Object.entries(prepared.seeds);
    const feeds = Object.fromEntries([
      ...Object.entries(prepared.feeds).map(([name, value]) => [name, single(value)] as const),
      ...seeds.map(([name, seed]) => [`s.${name}`, single(seed)] as const),
    ]);
    const graph = isFlat(one) ? prepared.graph : withGradients(prepared).graph;
    return { title: titleOf(one), feeds, graph };
  });
  const lacking = ({ nodes }: Graph) =>
    nodes.map(({ op }) => op).filter((op) => !Object.hasOwn(operators, op));
  const runnable = runs.filter(({ graph }) => lacking(graph).length === 0);

  it('supports nearly all operators with a gradient rule', () => {
    expect([...new Set(runs.flatMap(({ graph }) => lacking(graph)))].sort()).toEqual([
      ...['CastLike', 'GridSample', 'Mod', 'Resize', 'Shrink', 'Trilu'],
    ]);
  });

  it.each(runnable.map((run) => [run.title, run] as const))(
    'gives the values and gradients of ONNX Runtime: %s',
    async (_, { graph, feeds }) => {
      const expected = await once(peer, graph, feeds);
      const got = await once(engine, graph, feeds);
      expect(Object.keys(got)).toEqual(Object.keys(expected));
      for (const [name, value] of Object.entries(expected)) expectSame(got[name]!, value);
    },
  );

  it('disposes of all intermediate tensors', async () => {
    await tf.setBackend('cpu');
    const { graph, feeds } = runnable.find(({ title }) => title.startsWith('MaxPool'))!;
    const given = new Map([...graph.initializers].map(([name, c]) => [name, fromConstant(c)]));
    for (const [name, feed] of Object.entries(feeds)) given.set(name, fromConstant(feed));
    const before = tf.memory().numTensors;
    const plan = scheduleOf(
      graph,
      graph.outputs.map(({ name }) => name),
    );
    const outputs = interpret(plan, given);
    expect(tf.memory().numTensors).toBe(before + outputs.size);
    for (const { tensor } of outputs.values()) tensor.dispose();
    for (const { tensor } of given.values()) tensor.dispose();
  });

  it('disposes of all intermediate tensors when a node fails', async () => {
    await tf.setBackend('cpu');
    const graph = product();
    const given = new Map(
      [['x', [2, 3]] as const, ['w', [4, 4]] as const].map(([name, shape]) => [
        name,
        fromConstant(float32(new Float32Array(sizeOf(shape)), shape)),
      ]),
    );
    const before = tf.memory().numTensors;
    expect(() => interpret(scheduleOf(graph, ['y']), given)).toThrow(/node '.*' \(MatMul\)/);
    expect(tf.memory().numTensors).toBe(before);
    for (const { tensor } of given.values()) tensor.dispose();
  });

  it('carries outputs to the next run', async () => {
    const b = startGraph('sum');
    b.emit('Add', ['total', 'x'], {}, 'next');
    b.emit('Mul', ['total', b.constant(scalar(2))], {}, 'twice');
    const value = (name: string) => ({ name, type: 'float32' as const, shape: [2] });
    const graph = b.finish([value('total'), value('x')], [value('next'), value('twice')]);
    const state = { total: float32([1, 2]) };
    for (const on of [peer, engine]) {
      const program = await on.compile(graph, { carry: { next: 'total' }, state });
      expect(Object.keys(await program.run({ x: float32([10, 20]) }))).toEqual(['twice']);
      const { twice } = await program.run({ x: float32([10, 20]) });
      expect([...numbers(twice!)]).toEqual([22, 44]);
      expect(numbers((await program.state()).total!)).toEqual([21, 42]);
      await program.dispose();
    }
  });

  it('computes only the requested outputs', async () => {
    const b = startGraph('two');
    b.emit('Neg', ['x'], {}, 'good');
    b.emit('MatMul', ['x', 'x'], {}, 'bad');
    const value = (name: string) => ({ name, type: 'float32' as const });
    const program = await engine.compile(b.finish([value('x')], [value('good'), value('bad')]));
    const x = float32(Float32Array.of(1, 2), [1, 2]);
    expect(numbers((await program.run({ x }, ['good'])).good!)).toEqual([-1, -2]);
    await expect(program.run({ x })).rejects.toThrow(/TensorFlow\.js: node '.*' \(MatMul\)/);
    await program.dispose();
  });

  it('names an unsupported operator and its node', async () => {
    const b = startGraph('odd');
    b.emit('Hardmax', ['x'], {}, 'y');
    const value = (name: string) => ({ name, type: 'float32' as const, shape: [1, 2] });
    const graph = b.finish([value('x')], [value('y')]);
    const name = graph.nodes[0]!.name;
    await expect(engine.compile(graph)).rejects.toMatchObject({
      kind: 'unsupported',
      message: `the TensorFlow engine has no operator 'Hardmax' (node '${name}')`,
    });
  });

  it('rejects opsets with other semantics', async () => {
    await expect(engine.compile({ ...product(), opsets: { '': 11 } })).rejects.toThrow(
      'opset 13 and later; the graph has opset 11',
    );
  });

  it('broadcasts the leading axes of a matrix product', async () => {
    const random = seededRandom('stacks');
    const draw = (shape: readonly number[]) =>
      float32(
        Float32Array.from({ length: sizeOf(shape) }, () => random.normal()),
        shape,
      );
    for (const [x, w] of [
      [
        [2, 1, 3, 4],
        [5, 4, 2],
      ],
      [
        [3, 4],
        [2, 4, 2],
      ],
      [
        [2, 3, 4],
        [1, 4, 1],
      ],
    ] as const) {
      const feeds = { x: draw(x), w: draw(w) };
      const [got, expected] = [await once(engine, product(), feeds), await once(peer, product(), feeds)];
      expectSame(got.y!, expected.y!);
    }
  });

  it.each(['gradient', 'gradcam', 'lrp', 'deeplift'])('makes the map of ONNX Runtime: %s', async (method) => {
    const random = seededRandom('maps');
    const input = {
      data: Float32Array.from({ length: 2 * 192 }, () => random.normal()),
      shape: [2, 3, 8, 8],
    };
    const [got, expected] = await Promise.all(
      [engine, peer].map(async (on) => {
        const model = await classifierOf(networks.mobile!(), 'mobile', { engine: on, precision: 'float32' });
        const { map } = await attribute(model, method, input, [0, 1]);
        return float32(Float32Array.from(map.data), map.shape);
      }),
    );
    expectSame(got!, expected!);
  });
});

function product(): Graph {
  const b = startGraph('product');
  b.emit('MatMul', ['x', 'w'], {}, 'y');
  const value = (name: string) => ({ name, type: 'float32' as const });
  return b.finish([value('x'), value('w')], [value('y')]);
}
