import { afterAll, describe, expect, it } from 'vitest';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { type Attributes, int, string } from '../graph/attributes.js';
import { type Builder, startGraph } from '../graph/builder.js';
import { float32, int64, numbers } from '../graph/elements.js';
import type { Constant, Graph } from '../graph/graph.js';
import {
  axis,
  network,
  one,
  reading,
  reduced,
  sigmoid,
  softmax,
  weights,
  x,
} from '../testing/networks/scores.js';
import type { Link } from './head.js';
import { classifierOf } from './load.js';
import { predict } from './predict.js';
import { probabilities } from './probability.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const { load, own } = reading(engine);

describe('the score before the head is explained; the head turns it into probabilities', () => {
  it.each<[string, number, (b: Builder, s: string) => string]>([
    ['Softmax', 3, softmax],
    ['Sigmoid of several outputs', 3, sigmoid],
    ['Sigmoid of one output', 1, sigmoid],
    [
      'a softmax that is shaped after it',
      3,
      (b, s) => b.emit('Flatten', [b.emit('Softmax', [b.reshape(s, [-1, 3, 1, 1])], { axis })]),
    ],
    [
      'a softmax of places whose channels are turned to the end',
      3,
      (b, s) => {
        const places = b.emit('Softmax', [b.reshape(s, [-1, 3, 1, 1])], { axis });
        return b.emit('Flatten', [b.transpose(places, [0, 2, 3, 1])]);
      },
    ],
    ['a softmax behind an identity', 3, (b, s) => b.emit('Identity', [softmax(b, b.emit('Identity', [s]))])],
    [
      'a clipped sigmoid',
      2,
      (b, s) =>
        b.emit('Clip', [sigmoid(b, s), b.constant(float32([1e-7], [])), b.constant(float32([1], []))]),
    ],
    [
      'exp and its sum',
      3,
      (b, s) => {
        const exp = b.emit('Exp', [b.emit('Sub', [s, reduced(b, 'ReduceMax', s)])]);
        return b.emit('Div', [exp, reduced(b, 'ReduceSum', exp)]);
      },
    ],
    [
      '1 / (1 + exp(-x))',
      2,
      (b, s) => b.emit('Div', [one(b), b.emit('Add', [b.emit('Exp', [b.emit('Neg', [s])]), one(b)])]),
    ],
    [
      'the reciprocal of 1 + exp(-x), times 1, of whole numbers cast',
      2,
      (b, s) => {
        const cast = () => b.emit('Cast', [b.constant(int64([1], []))], { to: int(1) });
        const sum = b.emit('Add', [b.emit('Exp', [b.emit('Neg', [s])]), cast()]);
        return b.emit('Mul', [b.emit('Reciprocal', [sum]), cast()]);
      },
    ],
    [
      'the columns 1 - p and p',
      1,
      (b, s) => {
        const p = sigmoid(b, s);
        return b.emit('Concat', [b.emit('Sub', [one(b), p]), p], { axis });
      },
    ],
  ])('%s', async (_name, classes, head) => {
    const graph = network(classes, head);
    const model = await load(graph);
    expect(model.head).toMatchObject({ before: 'y' });
    expect(model.head.says).toMatch(/^'.*', the score before the final .* \(output 'y'/);
    const outputs = await predict(model, x);
    const { data } = await own(graph);
    for (const [i, p] of probabilities(model, outputs).data.entries()) expect(p).toBeCloseTo(data[i]!, 5);
    expect(outputs.data.some((score) => score < 0 || score > 1)).toBe(true);
  });

  it.each<[string, (b: Builder, s: string) => string]>([
    ['LogSoftmax', (b, s) => b.emit('LogSoftmax', [s], { axis })],
    ['the logarithm of a softmax', (b, s) => b.emit('Log', [softmax(b, s)])],
    [
      'what is left without the logarithm of the sum',
      (b, s) => b.emit('Sub', [s, b.emit('Log', [reduced(b, 'ReduceSum', b.emit('Exp', [s]))])]),
    ],
  ])('%s', async (_name, head) => {
    const graph = network(3, head);
    const model = await load(graph);
    expect([model.output, model.head.link]).toEqual(['s', 'softmax']);
    const asked = await load(graph, { output: 'y' });
    expect(asked.head.link).toBe('exp');
    const [a, b] = await Promise.all(
      [model, asked].map(async (each) => probabilities(each, await predict(each, x)).data),
    );
    for (const [i, p] of a!.entries()) expect(p).toBeCloseTo(b![i]!, 5);
  });
});

it.each<[string, number, (b: Builder, s: string) => string, Link]>([
  ['c tanh(x / c)', 3, (b, s) => capped(b, s, 30, 'Div', 30), 'softmax'],
  ['c tanh(x * (1 / c))', 3, (b, s) => capped(b, s, 5, 'Mul', 0.2), 'softmax'],
  ['c tanh(x / c) of one output', 1, (b, s) => capped(b, s, 10, 'Div', 10), 'sigmoid'],
  ['c tanh(x / c) of quantised values', 3, (b, s) => capped(b, s, 15, 'Div', 15, rounded), 'softmax'],
  ['c tanh(x * (1 / c)) of quantised values', 1, (b, s) => capped(b, s, 5, 'Mul', 0.2, rounded), 'sigmoid'],
  ['a quantity of half the scale', 3, (b, s) => capped(b, s, 15, 'Div', 30), 'none'],
  ['tanh(x)', 3, (b, s) => capped(b, s, 1, 'Div', 1), 'none'],
])('scores that a cap bounds are scores: %s', async (_, classes, end, link) => {
  expect((await load(network(classes, end))).head.link).toBe(link);
});

it.each([
  ['last', 1, [0, 2, 3, 1]],
  ['last, and the softmax after that', 3, undefined],
])('the scores of places whose classes come %s are explained', async (_name, along, turned) => {
  const b = startGraph('places');
  const scores = b.emit('Conv', ['x', b.constant(weights(3, 1, 1, 1))]);
  const placed = turned ? scores : b.transpose(scores, [0, 2, 3, 1]);
  const shares = b.emit('Softmax', [placed], { axis: int(along) });
  b.alias(turned ? b.transpose(shares, turned) : b.emit('Identity', [shares]), 'y');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  const graph = b.finish([value('x', ['N', 1, 5, 6])], [value('y', ['N', 5, 6, 3])]);
  const { head } = await classifierOf(graph, 'places.onnx', { engine, target: 'region:1@predicted' });
  expect(head).toMatchObject({ link: 'softmax', before: 'y' });
});

it('a softplus that is written out, scaled, is a quantity of one output', async () => {
  const end = (b: Builder, s: string) => {
    const two = b.constant(float32([2], []));
    const scaled = b.mul(s, b.emit('CastLike', [two, s]));
    const soft = b.div(b.emit('Softplus', [scaled]), b.emit('CastLike', [two, s]));
    return b.where(b.greater(scaled, 20), s, soft);
  };
  expect((await load(network(1, end))).head.link).toBe('none');
});

/** y = cap tanh(s / by), or of s * by, each value and constant as `keep` writes it */
const capped = (
  b: Builder,
  s: string,
  cap: number,
  op: 'Div' | 'Mul',
  by: number,
  keep: (b: Builder, value: string, largest: number) => string = (_, value) => value,
) => {
  const number = (value: number) => keep(b, b.constant(float32([value], [])), value);
  const scaled = keep(b, b.emit(op, [keep(b, s, 40), number(by)]), 4);
  return keep(b, b.mul(keep(b, b.emit('Tanh', [scaled]), 1), number(cap)), cap);
};

/** Quantised and dequantised; a constant is stored quantised. */
function rounded(b: Builder, value: string, largest: number): string {
  const grid = [b.constant(float32([largest / 127], [])), b.constant(int8([0]))];
  const stored = b.known(value)
    ? b.constant(int8([Math.round((numbers(b.known(value)!)[0]! / largest) * 127)]))
    : b.emit('QuantizeLinear', [value, ...grid]);
  return b.emit('DequantizeLinear', [stored, ...grid]);
}

const int8 = (values: readonly number[]): Constant => ({
  type: 'int8',
  data: Int8Array.from(values),
  shape: [],
});

describe('an activation that the runtime fused with its layer ends the file', () => {
  const fused = (activation: string, classes: number, end = (_b: Builder, y: string) => y) => {
    const graph = network(classes, (b, s) =>
      end(b, b.emit('Gemm', [s, b.constant(weights(classes, classes))], { activation: string(activation) })),
    );
    const nodes = graph.nodes.map((node) =>
      node.op === 'Gemm' ? { ...node, op: 'FusedGemm', domain: 'com.microsoft' } : node,
    );
    return { ...graph, nodes, opsets: { ...graph.opsets, 'com.microsoft': 1 } };
  };
  it.each<[string, Graph, string]>([
    ['Sigmoid', fused('Sigmoid', 3), 'sigmoid'],
    ['Sigmoid of one output', fused('Sigmoid', 1), 'sigmoid'],
    [
      'a column of Sigmoid',
      fused('Sigmoid', 2, (b, y) => b.emit('Gather', [y, b.constant(int64([1]))], { axis })),
      'identity',
    ],
    ['Relu of one output', fused('Relu', 1), 'none'],
    ['HardSigmoid', fused('HardSigmoid', 2), 'identity'],
  ])('%s', async (_, graph, link) => {
    const model = await load(graph);
    expect(model.head.link).toBe(link);
    if (link === 'none') return;
    const { data } = await own(graph);
    const found = probabilities(model, await predict(model, x)).data;
    for (const [i, p] of found.entries()) expect(p).toBeCloseTo(data[i]!, 5);
  });
});

describe('a quantised operator ends the file', () => {
  it.each<[string, number, Attributes]>([
    ['QLinearSigmoid', 3, {}],
    ['QLinearSigmoid', 1, {}],
    ['QLinearSoftmax', 3, { axis, opset: int(13) }],
  ])('%s, %i outputs', async (op, classes, attributes) => {
    const graph = network(classes, (b, s) => {
      const grid = (scale: number) => [
        b.constant(float32([scale], [])),
        b.constant({ type: 'uint8', data: Uint8Array.of(scale > 0.01 ? 128 : 0), shape: [] }),
      ];
      const [scores, shares] = [grid(0.04), grid(1 / 255)];
      const q = b.emit('QuantizeLinear', [s, ...scores]);
      return b.emit('DequantizeLinear', [b.emit(op, [q, ...scores, ...shares], attributes), ...shares]);
    });
    const nodes = graph.nodes.map((node) => (node.op === op ? { ...node, domain: 'com.microsoft' } : node));
    const quantised = { ...graph, nodes, opsets: { ...graph.opsets, 'com.microsoft': 1 } };
    const model = await load(quantised);
    expect(model.head).toMatchObject({
      before: 'y',
      link: op === 'QLinearSigmoid' ? 'sigmoid' : 'softmax',
    });
    const { data } = await own(quantised);
    const found = probabilities(model, await predict(model, x)).data;
    for (const [i, p] of found.entries()) expect(p).toBeCloseTo(data[i]!, 2);
  });
});
