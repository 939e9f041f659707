import { afterAll, describe, expect, it } from 'vitest';
import { attribute } from '../../attribution/attribute.js';
import { seededRandom } from '../../base/random.js';
import { quietly } from '../../base/run.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { int, ints, string } from '../../graph/attributes.js';
import { startGraph } from '../../graph/builder.js';
import { float32, int64 } from '../../graph/elements.js';
import type { Constant, Graph, Node } from '../../graph/graph.js';
import type { Classifier } from '../../model/classifier.js';
import { classifierOf } from '../../model/load.js';
import { predict } from '../../model/predict.js';
import type { Tensor } from '../../tensor/tensor.js';
import { interpret } from '../reference/interpret.js';
import { expectLogits } from './expect-logits.js';
import { frozen } from './frozen.js';
import { networks } from './index.js';
import { node } from './quirks.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

describe('an export for a fixed batch', () => {
  it.each(Object.keys(networks))('of one takes any: %s', async (name) => {
    const graph = networks[name]!();
    const model = await classifierOf(frozen(graph, 1), name, { engine });
    expect(model.shapes.get('logits')!.batchAxis).toBe(0);
    await expectLogits(model, graph);
  });

  it.each(['dense', 'swin', 'merged', 'keras', 'vision'])('of two takes any: %s', async (name) => {
    const graph = networks[name]!();
    await expectLogits(await classifierOf(frozen(graph, 2), name, { engine }), graph);
  });

  /** Tokens [2, 3, 4] behind one of the file's own, shifted and compared with a query: [2, 4]. */
  const withOwnTokens = (own: readonly number[][]) => {
    const b = startGraph('own tokens');
    const rows = (parts: readonly number[][], length: number) =>
      b.constant(float32(parts.flat(), [2, length, 4]));
    const tokens = b.emit('Concat', [rows(own, 1), 'x'], { axis: int(1) });
    const shift = Array.from({ length: 16 }, (_, i) => i / 8);
    const moved = b.emit('Add', [tokens, rows([shift, shift], 4)]);
    const query = [1, -2, 3, 0.5];
    const seen = b.emit('MatMul', [rows([query, query], 1), b.transpose(moved, [0, 2, 1])]);
    b.emit('Flatten', [seen], {}, 'logits');
    const graph = b.finish(
      [{ name: 'x', type: 'float32', shape: [2, 3, 4] }],
      [{ name: 'logits', type: 'float32', shape: [2, 4] }],
    );
    const expected = (x: readonly number[]) =>
      [...own[0]!, ...x].reduce<number[]>((sums, value, i) => {
        sums[i >> 2] = (sums[i >> 2] ?? 0) + (value + shift[i]!) * query[i % 4]!;
        return sums;
      }, []);
    return { graph, expected };
  };
  const token = [0.5, -1, 2, 1];

  it('of two takes any where the file repeats its own tokens for it', async () => {
    const { graph, expected } = withOwnTokens([token, token]);
    const model = await classifierOf(graph, 'own', { engine });
    expect(model.alone).toBeUndefined();
    const random = seededRandom('own tokens');
    const samples = Array.from({ length: 3 }, () => Array.from({ length: 12 }, () => random.normal()));
    const data = Float32Array.from(samples.flat());
    const got = await predict(model, { data, shape: [3, 3, 4] }, quietly);
    for (const [i, value] of samples.flatMap(expected).entries()) expect(got.data[i]).toBeCloseTo(value, 4);
  });

  it('of two is no batch where the rows have tokens of their own', async () => {
    const { graph } = withOwnTokens([token, [...token].reverse()]);
    await expect(classifierOf(graph, 'own', { engine })).rejects.toThrow(
      'the same sample has another output in each of the 2 rows',
    );
  });

  it('that hides in an open declaration is found', async () => {
    const graph = networks.swin!();
    const fixed = { ...frozen(graph, 1), inputs: graph.inputs };
    await expectLogits(await classifierOf(fixed, 'swin', { engine }), graph);
  });

  const ending = (nodes: readonly Node[], constants: Readonly<Record<string, Constant>>): Graph => ({
    name: 'mixed',
    opsets: { '': 20 },
    inputs: [{ name: 'input', type: 'float32', shape: [1, 3, 2, 2] }],
    outputs: [{ name: 'logits', type: 'float32' }],
    nodes,
    initializers: new Map(Object.entries(constants)),
    metadata: {},
  });

  /** Expects of two images what the file gives for each of them, and returns them. */
  async function expectRows(model: Classifier, graph: Graph): Promise<Tensor> {
    const rows = [0, 1].map((row) => Float32Array.from({ length: 12 }, (_, i) => Math.sin(7 * row + i)));
    const input = { data: Float32Array.from(rows.flatMap((row) => [...row])), shape: [2, 3, 2, 2] };
    const { data: both } = await predict(model, input, quietly);
    const program = await engine.compile(graph);
    const alone = await Promise.all(rows.map((own) => program.run({ input: float32(own, [1, 3, 2, 2]) })));
    const expected = alone.flatMap(({ logits }) => [...(logits!.data as Float32Array)]);
    expect(both).toHaveLength(expected.length);
    for (const [k, value] of expected.entries()) expect(both[k]).toBeCloseTo(value, 5);
    return input;
  }

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
    const input = await expectRows(model, graph);
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
    await expectRows(model, alone);
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
    await expectRows(model, graph);
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

  /** Runs two samples and asks for a gradient, of a model that is run one sample at a time. */
  async function expectAlone(graph: Graph, why: string) {
    const model = await classifierOf(graph, 'model.onnx', { engine });
    expect(model.alone).toContain(why);
    const samples = [1, 2].map((step) => Float32Array.from({ length: 12 }, (_, i) => Math.sin(step * i)));
    const input = { data: Float32Array.from(samples.flatMap((data) => [...data])), shape: [2, 3, 2, 2] };
    const { data: got } = await predict(model, input, quietly);
    const expected = samples.flatMap((own) => {
      const data = Float64Array.from(own);
      return [...interpret(graph, { input: { data, shape: [1, 3, 2, 2] } }).get('logits')!.data];
    });
    for (const [i, value] of got.entries()) expect(value).toBeCloseTo(expected[i]!, 5);
    await expect(attribute(model, 'gradient', input, [0, 0])).rejects.toThrow(why);
  }

  it('is run one sample at a time where the batch is summed over, and not followed', async () => {
    const graph = ending(
      [
        node('ReduceMean', ['input', 'axes'], 'mean', { name: 'blocks.2/mean' }),
        node('Flatten', ['mean'], 'logits', { attributes: { axis: int(1) } }),
      ],
      { axes: int64([0]) },
    );
    await expectAlone(
      graph,
      "the model was exported for a batch of 1, and its batch cannot be followed through node 'blocks.2/mean' (ReduceMean)",
    );
  });

  it('is run one sample at a time where its samples would meet, and not followed', async () => {
    const graph = ending(
      [
        node('Reshape', ['input', 'flat'], 'row', { name: 'flatten' }),
        node('Transpose', ['row'], 'column', { attributes: { perm: ints([1, 0]) } }),
        node('MatMul', ['column', 'row'], 'products', { name: 'meet' }),
        node('ReduceSum', ['products', 'axes'], 'logits'),
      ],
      { flat: int64([1, 12]), axes: int64([0]) },
    );
    await expectAlone(graph, "node 'meet' (MatMul)");
  });
});
