import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../base/random.js';
import { onnxRuntime } from '../../../engine/onnxruntime.js';
import { type Attributes, float, int, ints } from '../../attributes.js';
import { type Builder, startGraph } from '../../builder.js';
import { float32, numbers, scalar } from '../../elements.js';
import { type Constant, type Graph, placeOf, sourceOf } from '../../graph.js';
import { openQuantised, withoutRounding } from './open-quantised.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const random = seededRandom('open quantised');
const bytes = (...shape: number[]): Constant => ({
  type: 'int8',
  data: Int8Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 40 * random.normal()),
  shape,
});
const whole = (...values: number[]): Constant => ({
  type: 'int32',
  data: Int32Array.from(values),
  shape: [values.length],
});
const zero = (value: number): Constant => ({ type: 'int8', data: Int8Array.of(value), shape: [] });
const step = 0.05;

/** A graph of one operator on a quantised input, dequantised behind it. */
function graphOf(
  op: string,
  domain: string,
  shape: readonly number[],
  inputs: (x: readonly string[], b: Builder, y: readonly string[]) => readonly string[],
  attributes: Attributes = {},
): Graph {
  const b = startGraph('quantised');
  const [xs, xz, ys, yz] = [scalar(0.02), zero(3), scalar(step), zero(-5)].map((c) => b.constant(c)) as [
    string,
    string,
    string,
    string,
  ];
  const q = b.emit('QuantizeLinear', ['x', xs, xz]);
  const y = b.emit(op, inputs([q, xs, xz], b, [ys, yz]), attributes, 'quantised');
  b.emit('DequantizeLinear', [y, ys, yz], {}, 'y');
  const graph = b.finish([{ name: 'x', type: 'float32', shape }], [{ name: 'y', type: 'float32' }]);
  return {
    ...graph,
    opsets: { '': 20, 'com.microsoft': 1 },
    nodes: graph.nodes.map((node) => (node.op === op ? { ...node, domain } : node)),
  };
}

type Given = Parameters<typeof graphOf>;
const weights = (b: Builder, ...shape: number[]) => [
  b.constant(bytes(...shape)),
  b.constant(scalar(0.01)),
  b.constant(zero(0)),
];
const image = [1, 2, 4, 4] as const;
const microsoft = 'com.microsoft';
const given: readonly Given[] = [
  [
    'QLinearConv',
    '',
    image,
    (x, b, y) => [...x, ...weights(b, 3, 2, 3, 3), ...y, b.constant(whole(100, -50, 7))],
    { pads: ints([1, 1, 1, 1]) },
  ],
  [
    'QLinearConv',
    '',
    image,
    (x, b, y) => [
      ...x,
      b.constant(bytes(2, 1, 3, 3)),
      b.constant(float32([0.01, 0.03])),
      b.constant({ type: 'int8', data: Int8Array.of(0, 0), shape: [2] }),
      ...y,
    ],
    { group: int(2) },
  ],
  ['QLinearMatMul', '', [2, 4], (x, b, y) => [...x, ...weights(b, 4, 3), ...y]],
  [
    'QGemm',
    microsoft,
    [2, 4],
    (x, b, y) => [...x, ...weights(b, 3, 4), b.constant(whole(100, -50, 7)), ...y],
    { transB: int(1), alpha: float(0.5) },
  ],
  ['QLinearAdd', microsoft, [2, 4], (x, _, y) => [...x, ...x, ...y]],
  ['QLinearMul', microsoft, [2, 4], (x, b, y) => [...x, ...weights(b, 4), ...y]],
  ['QLinearSigmoid', microsoft, [2, 4], (x, _, y) => [...x, ...y]],
  ['QLinearSoftmax', microsoft, [2, 4], (x, _, y) => [...x, ...y], { axis: int(-1), opset: int(20) }],
  ['QLinearLeakyRelu', microsoft, [2, 4], (x, _, y) => [...x, ...y], { alpha: float(0.1) }],
  ['QLinearGlobalAveragePool', microsoft, image, (x, _, y) => [...x, ...y]],
  ['QLinearAveragePool', microsoft, image, (x, _, y) => [...x, ...y], { kernel_shape: ints([2, 2]) }],
  ['QLinearConcat', microsoft, [2, 4], (x, _, y) => [...y, ...x, ...x], { axis: int(1) }],
];

describe('an operator on quantised values', () => {
  it.each(given.map((one) => [one[0], one] as const))('names it by its place in the file: %s', (op, one) => {
    const graph = graphOf(...one);
    const inFile = new Set(graph.nodes.map(({ name }) => name));
    const { nodes } = openQuantised(graph);
    const own = graph.nodes.find((node) => node.op === op)!;
    for (const node of nodes) {
      expect(inFile).toContain(sourceOf(node).name);
      const isPart = !graph.nodes.some(({ name }) => name === node.name);
      expect(placeOf(node)).toBe(isPart ? `a part of ${op} node '${own.name}'` : `node '${node.name}'`);
    }
  });

  it.each(given.map((one) => [one[0], one] as const))(
    'gives the same, up to a step of rounding, by its parts: %s',
    async (_, one) => {
      const graph = graphOf(...one);
      const open = openQuantised(graph);
      expect(open.nodes.some(({ op }) => op === one[0])).toBe(false);
      const size = one[2].reduce((a, b) => a * b, 1);
      const x = float32(
        Float32Array.from({ length: size }, () => random.normal()),
        one[2],
      );
      const values: number[][] = [];
      for (const made of [graph, open]) {
        const program = await engine.compile(made);
        values.push(numbers((await program.run({ x })).y!));
        await program.dispose();
      }
      const [want, got] = values as [number[], number[]];
      expect(got.length).toBe(want.length);
      const apart = got.map((v, i) => Math.abs(v - want[i]!));
      expect(Math.max(...apart)).toBeLessThan(1.001 * step);
      expect(apart.filter((d) => d > 1e-6).length).toBeLessThanOrEqual(0.5 * got.length);
    },
  );
});

it('a graph without rounding computes with the values themselves, moved or not', async () => {
  const b = startGraph('rounded');
  const grid = [b.constant(scalar(0.5)), b.constant(zero(0))];
  const moved = b.transpose(b.emit('QuantizeLinear', ['x', ...grid]), [1, 0]);
  const rounded = b.emit('DequantizeLinear', [moved, ...grid]);
  b.alias(b.mul(rounded, b.emit('DequantizeLinear', [b.constant(bytes(3, 2)), ...grid])), 'y');
  const graph = b.finish([{ name: 'x', type: 'float32' }], [{ name: 'y', type: 'float32' }]);
  const [weight] = [...graph.initializers.values()].filter(({ data }) => data.length === 6);
  const program = await engine.compile(withoutRounding(graph));
  const { y } = await program.run({ x: float32([0.1, 0.2, 0.3, 0.4, 0.6, 900], [2, 3]) });
  await program.dispose();
  const turned = [0.1, 0.4, 0.2, 0.6, 0.3, 900];
  const want = turned.map((value, i) => Math.fround(value) * 0.5 * numbers(weight!)[i]!);
  for (const [i, value] of numbers(y!).entries()) expect(value).toBeCloseTo(want[i]!, 2);
});

it('without rounding keeps what a Clip of whole numbers cuts off', async () => {
  const b = startGraph('cut');
  const grid = [b.constant(scalar(0.5)), b.constant(zero(1))];
  const bounds = [-2, 3].map((end) => b.constant(zero(end)));
  const cut = b.emit('Clip', [b.emit('QuantizeLinear', ['x', ...grid]), ...bounds]);
  b.emit('DequantizeLinear', [cut, ...grid], {}, 'y');
  const graph = b.finish([{ name: 'x', type: 'float32' }], [{ name: 'y', type: 'float32' }]);
  const program = await engine.compile(withoutRounding(graph));
  const { y } = await program.run({ x: float32([-9, -1.4, -0.1, 0.3, 0.9, 9], [2, 3]) });
  await program.dispose();
  const want = [-1.5, -1.4, -0.1, 0.3, 0.9, 1];
  for (const [i, value] of numbers(y!).entries()) expect(value).toBeCloseTo(want[i]!, 6);
});

it('dequantises a value once for all that read it, as a block of attention does', () => {
  const b = startGraph('queries and keys');
  const [xs, xz, ys, yz] = [scalar(0.02), zero(3), scalar(0.1), zero(-5)].map((c) => b.constant(c));
  const x = b.emit('QuantizeLinear', ['x', xs!, xz!]);
  for (const name of ['queries', 'keys'])
    b.emit('QLinearMatMul', [x, xs!, xz!, ...weights(b, 4, 3), ys!, yz!], {}, name);
  const outputs = ['queries', 'keys'].map((name) => ({ name, type: 'int8' as const }));
  const { nodes } = openQuantised(b.finish([{ name: 'x', type: 'float32', shape: [2, 4] }], outputs));
  const read = nodes.filter(({ inputs }) => inputs[0] === x).map(({ op }) => op);
  expect(read).toEqual(['DequantizeLinear']);
  const [float] = nodes.filter(({ inputs }) => inputs[0] === x);
  expect(float!.outputs).toEqual([`${x}.DequantizeLinear`]);
});
