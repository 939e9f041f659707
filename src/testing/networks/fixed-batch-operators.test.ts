import { afterAll, describe, expect, it } from 'vitest';
import { attribute } from '../../attribution/attribute.js';
import { seededRandom } from '../../base/random.js';
import { quietly } from '../../base/run.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { int, ints, string } from '../../graph/attributes.js';
import { float32, int64 } from '../../graph/elements.js';
import type { Constant, Graph, Node } from '../../graph/graph.js';
import { classifierOf } from '../../model/load.js';
import { predict } from '../../model/predict.js';
import { interpret } from '../reference/interpret.js';
import { ending, expectRows } from './ending.js';
import { node } from './quirks.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

describe('an export for a fixed batch', () => {
  it('takes any where it takes a strided view of a row, as it is written by gathering', async () => {
    const graph = ending(
      [
        node('ReduceMean', ['input', 'axes'], 'mean'),
        node('Reshape', ['mean', 'row'], 'flat'),
        node('Gather', ['flat', 'places'], 'view', { name: 'as_strided' }),
        node('Reshape', ['view', 'out'], 'logits'),
      ],
      {
        axes: int64([2, 3]),
        row: int64([-1]),
        places: int64([0, 1, 2], [1, 3, 1, 1]),
        out: int64([1, 3]),
      },
    );
    const model = await classifierOf(graph, 'model.onnx', { engine });
    const data = Float32Array.from({ length: 24 }, (_, i) => i);
    const { data: got } = await predict(model, { data, shape: [2, 3, 2, 2] }, quietly);
    expect([...got]).toEqual([1.5, 5.5, 9.5, 13.5, 17.5, 21.5]);
  });

  it('takes any where a vector weighs the features', async () => {
    const graph = ending(
      [
        node('ReduceMean', ['input', 'axes'], 'mean', { attributes: { keepdims: int(0) } }),
        node('MatMul', ['mean', 'weights'], 'score'),
        node('Unsqueeze', ['score', 'last'], 'column'),
        node('Sub', ['cuts', 'column'], 'logits'),
      ],
      {
        ...{ axes: int64([2, 3]), last: int64([1]) },
        ...{ weights: float32([1, 2, 3], [3]), cuts: float32([0.5, 1], [2]) },
      },
    );
    const model = await classifierOf(graph, 'model.onnx', { engine });
    expect(model.alone).toBeUndefined();
    const data = Float32Array.from({ length: 24 }, (_, i) => i);
    const { data: got } = await predict(model, { data, shape: [2, 3, 2, 2] }, quietly);
    expect([...got]).toEqual([0.5 - 41, 1 - 41, 0.5 - 113, 1 - 113]);
  });

  it('takes any where a constant of a normalisation is rounded to whole steps', async () => {
    const graph = ending(
      [
        node('ReduceMean', ['input', 'axes'], 'mean', { attributes: { keepdims: int(0) } }),
        node('QuantizeLinear', ['mean', 'fine'], 'q', {}),
        node('DequantizeLinear', ['q', 'fine'], 'means', {}),
        node('QuantizeLinear', ['least', 'coarse'], 'least.q', {}),
        node('DequantizeLinear', ['least.q', 'coarse'], 'rounded', {}),
        node('Add', ['means', 'rounded'], 'logits'),
      ],
      {
        axes: int64([2, 3]),
        ...{ fine: float32([0.25], []), coarse: float32([1], []), least: float32([0.4], []) },
      },
    );
    const model = await classifierOf(graph, 'model.onnx', { engine });
    expect(model.alone).toBeUndefined();
    const data = Float32Array.from({ length: 24 }, (_, i) => i / 4);
    const { data: got } = await predict(model, { data, shape: [2, 3, 2, 2] }, quietly);
    const means = Array.from({ length: 6 }, (_, i) => i + 0.375);
    for (const [i, mean] of means.entries()) expect(Math.abs(got[i]! - mean)).toBeLessThan(0.13);
  });

  it('takes any where views are folded into it beside a token that the file repeats', async () => {
    const token = [5, 6, 7, 8];
    const graph: Graph = {
      ...ending(
        [
          node('Reshape', ['input', 'fold'], 'views'),
          node('Concat', ['tokens', 'views'], 'all', { attributes: { axis: int(1) } }),
          node('ReduceSum', ['all', 'first'], 'sums', { attributes: { keepdims: int(0) } }),
          node('Mul', ['sums', 'scales'], 'scaled'),
          node('Reshape', ['scaled', 'part'], 'parted'),
          node('ReduceMean', ['parted', 'first'], 'logits', { attributes: { keepdims: int(0) } }),
        ],
        {
          ...{ fold: int64([3, 2, 4]), part: int64([1, 3, 4]), first: int64([1]) },
          tokens: float32([token, token, token].flat(), [3, 1, 4]),
          scales: float32(Array(12).fill(2), [3, 4]),
        },
      ),
      inputs: [{ name: 'input', type: 'float32', shape: [1, 3, 2, 4] }],
    };
    const model = await classifierOf(graph, 'model.onnx', { engine });
    expect(model.alone).toBeUndefined();
    const data = Float32Array.from({ length: 48 }, (_, i) => i);
    const { data: got } = await predict(model, { data, shape: [2, 3, 2, 4] }, quietly);
    const expected = [0, 1].flatMap((sample) =>
      token.map((own, c) => {
        const views = [0, 1, 2].map(
          (v) => own + data[sample * 24 + v * 8 + c]! + data[sample * 24 + v * 8 + 4 + c]!,
        );
        return (2 * views.reduce((a, b) => a + b)) / 3;
      }),
    );
    for (const [i, value] of expected.entries()) expect(got[i]).toBeCloseTo(value, 4);
  });

  it.each<[string, readonly number[], (parts: readonly number[]) => number]>([
    ['ReduceMax', [0], (parts) => Math.max(...parts)],
    ['ReduceMean', [0], (parts) => parts.reduce((x, y) => x + y) / 3],
    ['ReduceSum', [0, 1], (parts) => parts.reduce((x, y) => x + y)],
  ])('takes any where parts squeezed into its place are reduced: %s', async (op, over, reduced) => {
    const squeezed = [node('Squeeze', ['input', 'zero'], 'parts'), node(op, ['parts', 'over'], 'one')];
    const rest = node('ReduceSum', ['one', 'rows'], 'logits', { attributes: { keepdims: int(0) } });
    const graph: Graph = {
      ...ending([...squeezed, rest], { zero: int64([0]), over: int64(over), rows: int64([1]) }),
      inputs: [{ name: 'input', type: 'float32', shape: [1, 3, 2, 4] }],
    };
    const model = await classifierOf(graph, 'model.onnx', { engine });
    expect(model.alone).toBeUndefined();
    const random = seededRandom('parts');
    const data = Float32Array.from({ length: 48 }, () => random.normal());
    const { data: got } = await predict(model, { data, shape: [2, 3, 2, 4] }, quietly);
    const at = (sample: number, row: number, c: number) =>
      reduced([0, 1, 2].map((part) => data[sample * 24 + part * 8 + row * 4 + c]!));
    const expected = Array.from({ length: 8 }, (_, i) => at(i >> 2, 0, i % 4) + at(i >> 2, 1, i % 4));
    for (const [i, value] of expected.entries()) expect(got[i]).toBeCloseTo(value, 4);
  });

  it('takes any where a GatherND picks places, as adaptive pooling is written', async () => {
    const graph = ending(
      [
        node('Transpose', ['input'], 'places first', { attributes: { perm: ints([2, 3, 0, 1]) } }),
        node('GatherND', ['places first', 'places'], 'picked'),
        node('Transpose', ['picked'], 'maps', { attributes: { perm: ints([1, 2, 0]) } }),
        node('ReduceMean', ['maps', 'axes'], 'logits', { attributes: { keepdims: int(0) } }),
      ],
      { places: int64([0, 1, 1, 1], [2, 2]), axes: int64([-1]) },
    );
    const model = await classifierOf(graph, 'model.onnx', { engine });
    const data = Float32Array.from({ length: 24 }, (_, i) => i);
    const { data: got } = await predict(model, { data, shape: [2, 3, 2, 2] }, quietly);
    expect([...got]).toEqual([2, 6, 10, 14, 18, 22]);
  });

  const [first, second] = [int64([0, 0, 0, 2], [1, 2, 2]), int64([0, 2], [2, 1])];
  const turned = { attributes: { perm: ints([1, 0]) } };
  const half = node('Slice', ['means', 'zero', 'two', 'one'], 'cut');
  const changed = node('Exp', ['cut'], 'changed', {});
  it.each<[string, readonly Node[], Readonly<Record<string, Constant>>]>([
    [
      'elements that name their sample are assigned',
      [half, changed, node('ScatterND', ['means', 'places', 'changed'], 'logits')],
      { places: first },
    ],
    [
      'elements of a constant that name their sample are assigned',
      [half, changed, node('ScatterND', ['ones', 'places', 'changed'], 'logits')],
      { places: first, ones: float32([1, 2, 3], [1, 3]) },
    ],
    [
      'a number is assigned to elements that name their sample',
      [node('ScatterND', ['means', 'places', 'number'], 'logits')],
      { places: first, number: float32([5, 7], [1, 2]) },
    ],
    [
      'columns are assigned behind a transposition',
      [
        ...[half, changed, node('Transpose', ['means'], 'columns', turned)],
        node('Transpose', ['changed'], 'updates', turned),
        node('ScatterND', ['columns', 'places', 'updates'], 'assigned'),
        node('Transpose', ['assigned'], 'logits', turned),
      ],
      { places: second },
    ],
    [
      'a number is assigned to columns behind a transposition',
      [
        node('Transpose', ['means'], 'columns', turned),
        node('ScatterND', ['columns', 'places', 'number'], 'assigned'),
        node('Transpose', ['assigned'], 'logits', turned),
      ],
      { places: second, number: float32([5, 7], [2, 1]) },
    ],
    [
      'the same elements are picked in each sample',
      [node('GatherElements', ['means', 'places'], 'logits', { attributes: { axis: int(1) } })],
      { places: int64([2, 0, 2, 1], [1, 4]) },
    ],
    [
      'elements are assigned along an axis',
      [
        ...[half, changed],
        node('ScatterElements', ['means', 'places', 'changed'], 'logits', { attributes: { axis: int(1) } }),
      ],
      { places: int64([2, 1], [1, 2]) },
    ],
    [
      'maps are cut to a triangle',
      [
        node('Trilu', ['input'], 'lower', { attributes: { upper: int(0) } }),
        node('ReduceSum', ['lower', 'axes'], 'logits', { attributes: { keepdims: int(0) } }),
      ],
      {},
    ],
  ])('takes any, followed, where %s', async (_name, nodes, constants) => {
    const graph = ending(
      [node('ReduceMean', ['input', 'axes'], 'means', { attributes: { keepdims: int(0) } }), ...nodes],
      { axes: int64([2, 3]), zero: int64([0]), one: int64([1]), two: int64([2]), ...constants },
    );
    const model = await classifierOf(graph, 'model.onnx', { engine });
    expect(model.alone).toBeUndefined();
    const input = await expectRows(engine, model, graph);
    const { map } = await attribute(model, 'gradient', input, [0, 1]);
    expect(map.data.some((value) => value !== 0)).toBe(true);
  });

  /** Constants of three parts, which the file holds for each of its samples. */
  const ofParts = (batch: number, shape: readonly number[]) =>
    float32(
      Array.from({ length: batch }, () => Array.from({ length: 12 }, (_, i) => Math.cos(3 * i))).flat(),
      shape,
    );
  it.each<[string, number, readonly string[], (batch: number) => Constant]>([
    ['a bias of each head', 1, ['Add', 'heads', 'own'], (n) => ofParts(n, [3 * n, 1, 4])],
    ['a bias of each head', 2, ['Add', 'heads', 'own'], (n) => ofParts(n, [3 * n, 1, 4])],
    ['queries of each head', 1, ['MatMul', 'own', 'keys'], (n) => ofParts(n, [3 * n, 1, 4])],
    ['queries of each head', 2, ['MatMul', 'own', 'keys'], (n) => ofParts(n, [3 * n, 1, 4])],
    ['values of each head', 1, ['MatMul', 'heads', 'own'], (n) => ofParts(n, [3 * n, 4, 1])],
  ])('takes any where heads are folded into it with %s, batch %i', async (_name, batch, joined, own) => {
    const [op = '', ...factors] = joined;
    const nodes = [
      node('Reshape', ['input', 'folded'], 'heads'),
      node('Transpose', ['heads'], 'keys', { attributes: { perm: ints([0, 2, 1]) } }),
      node(op, factors, 'made'),
      node('Tanh', ['made'], 'curved', {}),
      node('Reshape', ['curved', 'rows'], 'logits'),
    ];
    const columns = op === 'Add' ? 12 : 3;
    const constants = {
      ...{ own: own(batch), folded: int64([3 * batch, 1, 4]), rows: int64([batch, columns]) },
    };
    const used = nodes.filter(({ outputs }) => outputs[0] !== 'keys' || factors.includes('keys'));
    const graph = ending(used, constants);
    const fixed = { ...graph, inputs: [{ ...graph.inputs[0]!, shape: [batch, 3, 2, 2] }] };
    const model = await classifierOf(fixed, 'model.onnx', { engine });
    expect(model.alone).toBeUndefined();
    const alone = ending(used, { own: own(1), folded: int64([3, 1, 4]), rows: int64([1, columns]) });
    await expectRows(engine, model, alone);
  });

  it.each<[string, string, string]>([
    ['an input and its turned self', '...ij,...kj->...ik', 'input'],
    ['an input and weights for all', '...ij,...kj->...ik', 'weights'],
    ['weights for all, first', '...ik,...kj->...ij', 'first'],
  ])('takes any behind a product with dots for axes: %s', async (_name, equation, by) => {
    const factors = by === 'first' ? ['weights', 'input'] : ['input', by];
    const graph = ending(
      [
        node('Einsum', factors, 'product', { attributes: { equation: string(equation) } }),
        node('ReduceMean', ['product', 'places'], 'logits', { attributes: { keepdims: int(0) } }),
      ],
      { places: int64([2, 3]), weights: float32([1, 2, 3, 5], [1, 1, 2, 2]) },
    );
    const model = await classifierOf(graph, 'model.onnx', { engine });
    expect(model.alone).toBeUndefined();
    await expectRows(engine, model, graph);
  });

  it('takes any where each sample has its own grid, and its gradient is followed', async () => {
    const graph = ending(
      [
        node('ReduceMean', ['input', 'all'], 'mean'),
        node('MatMul', ['mean', 'right'], 'shift'),
        node('Add', ['corners', 'shift'], 'grid'),
        node('GridSample', ['input', 'grid'], 'moved', { name: 'warp' }),
        node('ReduceMean', ['moved', 'places'], 'logits', { attributes: { keepdims: int(0) } }),
      ],
      {
        all: int64([1, 2, 3]),
        places: int64([2, 3]),
        right: float32([1, 0], [1, 2]),
        corners: float32([-0.5, -0.5, 0.5, -0.5, -0.5, 0.5, 0.5, 0.5], [1, 2, 2, 2]),
      },
    );
    const model = await classifierOf(graph, 'model.onnx', { engine });
    // A mean of 0 moves nothing, a mean of 1 one pixel.
    const still = [1, 2, 3, 4, -1, -2, -3, -4, 0, 0, 0, 0];
    const moved = [0, 4, 0, 4, 0, 2, 0, 2, 0, 0, 0, 0];
    const input = { data: Float32Array.from([...still, ...moved]), shape: [2, 3, 2, 2] };
    const { data: got } = await predict(model, input, quietly);
    expect([...got]).toEqual([2.5, -2.5, 0, 2, 1, 0]);
    const pixels = Float64Array.from({ length: 12 }, (_, i) => Math.fround(Math.sin(3 * i)));
    const sample = { data: Float32Array.from(pixels), shape: [1, 3, 2, 2] };
    const { map } = await attribute(model, 'gradient', sample, [1]);
    const scoreAt = (at: number, step: number) => {
      const data = pixels.with(at, pixels[at]! + step);
      return interpret(graph, { input: { data, shape: [1, 3, 2, 2] } }).get('logits')!.data[1]!;
    };
    for (const [i, slope] of [...map.data].entries())
      expect(slope).toBeCloseTo((scoreAt(i, 1e-4) - scoreAt(i, -1e-4)) / 2e-4, 5);
  });

  it('takes any where all samples share one grid', async () => {
    const graph = ending(
      [
        node('GridSample', ['input', 'grid'], 'moved'),
        node('ReduceMean', ['moved', 'places'], 'logits', { attributes: { keepdims: int(0) } }),
      ],
      { places: int64([2, 3]), grid: float32([-0.4, -0.5, 0.3, 0.2], [1, 1, 2, 2]) },
    );
    const model = await classifierOf(graph, 'model.onnx', { engine });
    expect(model.alone).toBeUndefined();
    const data = Float32Array.from({ length: 24 }, (_, i) => Math.sin(5 * i));
    const { data: got } = await predict(model, { data, shape: [2, 3, 2, 2] }, quietly);
    const one = interpret(graph, {
      input: { data: Float64Array.from(data.slice(12)), shape: [1, 3, 2, 2] },
    }).get('logits')!;
    for (const [k, value] of [...one.data].entries()) expect(got[3 + k]).toBeCloseTo(value, 5);
  });
});
