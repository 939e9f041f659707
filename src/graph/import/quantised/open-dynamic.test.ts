import { afterAll, describe, expect, it } from 'vitest';

import { attribute } from '../../../attribution/attribute.js';
import { seededRandom } from '../../../base/random.js';
import { onnxRuntime } from '../../../engine/onnxruntime.js';
import { classifierOf } from '../../../model/load.js';
import { predict } from '../../../model/predict.js';
import { runOn } from '../../../model/probe.js';
import { type Attributes, int, ints } from '../../attributes.js';
import { type Builder, startGraph } from '../../builder.js';
import { float32, int64, numbers, scalar } from '../../elements.js';
import type { Constant, Graph } from '../../graph.js';
import { canonical } from '../canonical.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const random = seededRandom('dynamic');
const normal = (length: number) => Float32Array.from({ length }, () => random.normal());
const bytes = (values: readonly number[], shape: readonly number[]): Constant => ({
  ...{ type: 'uint8', data: Uint8Array.from(values), shape },
});
const weights = (...shape: number[]) =>
  bytes(
    [...normal(shape.reduce((a, b) => a * b, 1))].map((v) => 128 + Math.round(40 * v)),
    shape,
  );

/** A product of x, quantised by its own range, times 0.01: `[N, ...]` of two images `[2, 6, 6]`. */
function graphOf(product: (b: Builder, x: string, zero: string) => string): Graph {
  const b = startGraph('dynamic');
  const [x, scale, zero] = ['x.q', 'x.scale', 'x.zero'] as const;
  const made = b.emit('Cast', [product(b, x, zero)], { to: int(1) });
  b.alias(b.mul(made, b.mul(scale, b.constant(scalar(0.01)))), 'y');
  const value = (name: string, shape?: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  const graph = b.finish([value('x', ['N', 2, 6, 6])], [value('y')]);
  const quantise = {
    ...{ op: 'DynamicQuantizeLinear', domain: '', name: 'by range', attributes: {} },
    ...{ inputs: ['x'], outputs: [x, scale, zero] },
  };
  return { ...graph, nodes: [quantise, ...graph.nodes] };
}

const dense = (zero: Constant) => (b: Builder, x: string, z: string) =>
  b.emit('MatMulInteger', [x, b.constant(weights(6, 3)), z, b.constant(zero)]);
const conv =
  (zero: Constant, attributes: Attributes = {}) =>
  (b: Builder, x: string, z: string) =>
    b.emit('ConvInteger', [x, b.constant(weights(4, 2, 3, 3)), z, b.constant(zero)], attributes);

const forms: readonly [string, Graph][] = [
  ['a matrix product', graphOf(dense(bytes([128], [])))],
  ['a matrix product with a zero point for each column', graphOf(dense(bytes([128, 120, 131], [3])))],
  ['a convolution that pads', graphOf(conv(bytes([128], []), { pads: ints([1, 1, 1, 1]) }))],
  ["ONNX Runtime's product", ownProduct('MatMulIntegerToFloat')],
  ["ONNX Runtime's product that quantises", ownProduct('DynamicQuantizeMatMul')],
];
/** A product of ONNX Runtime's own, of the second image row by row: `[N, 2, 3]`. */
function ownProduct(op: 'DynamicQuantizeMatMul' | 'MatMulIntegerToFloat'): Graph {
  const b = startGraph('dynamic');
  const [scale, zero, bias] = [
    float32([0.01, 0.02, 0.03], [3]),
    bytes([128, 120, 131], [3]),
    float32(normal(3), [3]),
  ];
  const rest = [scale, zero, bias].map((c) => b.constant(c)) as [string, string, string];
  const factor = b.constant(weights(36, 3));
  const flat = b.emit('Reshape', [
    'x',
    b.constant({ type: 'int64', data: BigInt64Array.of(0n, 2n, 36n), shape: [3] }),
  ]);
  const grid = ['q', 'q.scale', 'q.zero'] as const;
  const [by, at, added] = rest;
  const inputs =
    op === 'DynamicQuantizeMatMul'
      ? [flat, factor, by, at, added]
      : [grid[0], factor, grid[1], by, grid[2], at, added];
  const graph = b.finish(
    [{ name: 'x', type: 'float32', shape: ['N', 2, 6, 6] }],
    [{ name: 'y', type: 'float32' }],
  );
  const node = (name: string, domain: string, from: readonly string[], to: readonly string[]) => ({
    ...{ op: name, domain, name, attributes: {}, inputs: from, outputs: to },
  });
  const quantised = node('DynamicQuantizeLinear', '', [flat], grid);
  return {
    ...graph,
    opsets: { '': 20, 'com.microsoft': 1 },
    nodes: [
      ...graph.nodes,
      ...(op === 'MatMulIntegerToFloat' ? [quantised] : []),
      node(op, 'com.microsoft', inputs, ['y']),
    ],
  };
}

const opened = async (graph: Graph, output = 'y') =>
  (await canonical(graph, [2, 6, 6], output, runOn(engine))).graph;

// Values of both signs, of one sign, and none.
const images = [normal(72), normal(72).map((v) => 2 + Math.abs(v)), new Float32Array(72)];

describe('a product of dynamically quantised values', () => {
  it.each(forms)('in a batch has the numbers of its file for each sample: %s', async (_, graph) => {
    const [own, open] = [await engine.compile(graph), await engine.compile(await opened(graph))];
    const all = float32(Float32Array.from(images.flatMap((image) => [...image])), [3, 2, 6, 6]);
    const together = numbers((await open.run({ x: all })).y!);
    const alone = await Promise.all(images.map((image) => own.run({ x: float32(image, [1, 2, 6, 6]) })));
    const expected = alone.flatMap(({ y }) => numbers(y!));
    expect(together.length).toBe(expected.length);
    for (const [i, value] of expected.entries()) expect(together[i]).toBeCloseTo(value, 4);
    await Promise.all([own.dispose(), open.dispose()]);
  });

  it.each([
    ['N', [2, -1, 6, 6]],
    [1, [2, -1, 6, 6]],
    ['N', [-1, 6, 6]],
    [1, [-1, 6, 6]],
    [1, [2, 6, 6]],
  ])('is scaled by sample where the batch of %s is within the axes %j', async (batch, within) => {
    const b = startGraph('turned');
    const perm = { perm: ints([1, 0, 2, 3]) };
    b.emit('Transpose', ['x'], perm, 'turned');
    b.emit('Reshape', ['turned', b.constant(int64(within), 'within')], {}, 't');
    const before = b.finish([{ name: 'x', type: 'float32', shape: [batch, 2, 6, 6] }], []);
    const h = startGraph('back');
    h.emit('Reshape', ['y', h.constant(int64([2, -1, 6, 3]), 'apart')], {}, 'parts');
    h.emit('Transpose', ['parts'], perm, 'z');
    const after = h.finish([], [{ name: 'z', type: 'float32' }]);
    const product = forms[0]![1];
    const moved = product.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map((v) => (v === 'x' ? 't' : v)),
    }));
    const graph: Graph = {
      ...{ ...product, inputs: before.inputs, outputs: after.outputs },
      nodes: [...before.nodes, ...moved, ...after.nodes].map((node, i) => ({ ...node, name: `n${i}` })),
      initializers: new Map([...before.initializers, ...product.initializers, ...after.initializers]),
    };
    const [own, open] = [await engine.compile(graph), await engine.compile(await opened(graph, 'z'))];
    const together = await open.run({
      x: float32(
        images.flatMap((image) => [...image]),
        [3, 2, 6, 6],
      ),
    });
    const got = numbers(together.z!);
    for (const [sample, image] of images.entries()) {
      const alone = numbers((await own.run({ x: float32(image, [1, 2, 6, 6]) })).z!);
      for (const [i, value] of alone.entries()) expect(got[sample * 36 + i]).toBeCloseTo(value, 4);
    }
    await Promise.all([own.dispose(), open.dispose()]);
  });

  it.each(['N', 1])(
    'is scaled by sample where a sample holds three frames, of a batch of %s',
    async (batch) => {
      const [, , [, product]] = forms as [unknown, unknown, [string, Graph]];
      const b = startGraph('frames');
      b.emit('Reshape', ['film', b.constant(int64([-1, 2, 6, 6]), 'frame')], {}, 'x');
      const film = { name: 'film', type: 'float32' as const, shape: [batch, 3, 2, 6, 6] };
      const front = b.finish([film], []);
      const h = startGraph('head');
      h.emit('GlobalAveragePool', ['y'], {}, 'means');
      h.emit('Reshape', ['means', h.constant(int64([-1, 3, 4]), 'films')], {}, 'frames');
      h.emit('ReduceMean', ['frames', h.constant(int64([1]), 'first')], { keepdims: int(0) }, 'scores');
      const head = h.finish([], [{ name: 'scores', type: 'float32' }]);
      const graph = {
        ...{ ...product, inputs: front.inputs, outputs: head.outputs },
        nodes: [...front.nodes, ...product.nodes, ...head.nodes],
        initializers: new Map([...front.initializers, ...product.initializers, ...head.initializers]),
      };
      const model = await classifierOf(graph, 'film.onnx', { engine });
      const films = [images, [images[2]!, images[0]!.map((v) => 3 * v), images[1]!.map((v) => -v)]];
      const data = Float32Array.from(films.flatMap((of) => of.flatMap((image) => [...image])));
      const together = await predict(model, { data, shape: [2, 3, 2, 6, 6] });
      const program = await engine.compile(graph);
      for (const [row, of] of films.entries()) {
        const one = Float32Array.from(of.flatMap((image) => [...image]));
        const own = numbers((await program.run({ film: float32(one, [1, 3, 2, 6, 6]) })).scores!);
        for (const [k, score] of own.entries()) expect(together.data[row * 4 + k]).toBeCloseTo(score, 4);
      }
      await program.dispose();
    },
  );

  it('has the derivative of the network before it was quantised, up to rounding', async () => {
    const [, , [, graph]] = forms as [unknown, unknown, [string, Graph]];
    const b = startGraph('head');
    b.alias(b.emit('Flatten', [b.emit('GlobalAveragePool', ['y'])]), 'scores');
    const head = b.finish([], [{ name: 'scores', type: 'float32' }]);
    const whole = { ...graph, nodes: [...graph.nodes, ...head.nodes], outputs: head.outputs };
    const [kernel] = [...graph.initializers.values()].filter(({ shape }) => shape.length === 4);
    const f = startGraph('float');
    const padded = { pads: ints([1, 1, 1, 1]) };
    const weight = float32(
      Float32Array.from(numbers(kernel!), (v) => 0.01 * (v - 128)),
      kernel!.shape,
    );
    f.alias(
      f.emit('Flatten', [f.emit('GlobalAveragePool', [f.emit('Conv', ['x', f.constant(weight)], padded)])]),
      'scores',
    );
    const float = f.finish(graph.inputs, head.outputs);
    const input = { data: new Float32Array([...images[0]!, ...images[1]!]), shape: [2, 2, 6, 6] };
    const [rounded, exact] = await Promise.all(
      [whole, float].map(async (of) =>
        attribute(await classifierOf(of, 'dynamic.onnx', { engine }), 'gradient', input, [1, 2]),
      ),
    );
    const most = Math.max(...exact!.map.data.map(Math.abs));
    for (const [i, value] of exact!.map.data.entries())
      expect(Math.abs(rounded!.map.data[i]! - value)).toBeLessThan(0.02 * most);
    expect(rounded!.notes.join()).toContain("(operator 'DynamicQuantizeLinear', node 'by range')");
    const model = await classifierOf(whole, 'dynamic.onnx', { engine });
    const [shared, plain] = await Promise.all(
      [model, await classifierOf(float, 'float.onnx', { engine })].map((of) =>
        attribute(of, 'deeplift', input, [1, 2], { baseline: 'mean' }),
      ),
    );
    const largest = Math.max(...plain!.map.data.map(Math.abs));
    for (const [i, value] of plain!.map.data.entries())
      expect(Math.abs(shared!.map.data[i]! - value)).toBeLessThan(0.03 * largest);
  });

  it.each(['lrp', 'excitation-backprop'] as const)(
    'has the relevance of the network before it was quantised, up to rounding: %s',
    async (method) => {
      const [, , [, graph]] = forms as [unknown, unknown, [string, Graph]];
      const [kernel] = [...graph.initializers.values()].filter(({ shape }) => shape.length === 4);
      const bias = [0.3, -0.2, 0.1, 0.4];
      const scores = (b: Builder, made: string) => {
        const pooled = b.emit('GlobalAveragePool', [b.emit('Relu', [made], {}, 'made')], {}, 'pooled');
        return b.emit('Flatten', [pooled], {}, 'scores');
      };
      const h = startGraph('head');
      scores(h, h.emit('Add', ['y', h.constant(float32(bias, [4, 1, 1]), 'bias')], {}, 'biased'));
      const head = h.finish([], [{ name: 'scores', type: 'float32' }]);
      const whole: Graph = {
        ...{ ...graph, outputs: head.outputs, nodes: [...graph.nodes, ...head.nodes] },
        initializers: new Map([...graph.initializers, ...head.initializers]),
      };
      const f = startGraph('float');
      const weight = float32(
        Float32Array.from(numbers(kernel!), (v) => 0.01 * (v - 128)),
        kernel!.shape,
      );
      const inputs = ['x', f.constant(weight), f.constant(float32(bias, [4]))];
      scores(f, f.emit('Conv', inputs, { pads: ints([1, 1, 1, 1]) }));
      const float = f.finish(graph.inputs, head.outputs);
      const input = { data: new Float32Array([...images[0]!, ...images[1]!]), shape: [2, 2, 6, 6] };
      const [rounded, exact] = await Promise.all(
        [whole, float].map(async (of) =>
          attribute(await classifierOf(of, 'dynamic.onnx', { engine }), method, input, [1, 2]),
        ),
      );
      const most = Math.max(...exact!.map.data.map(Math.abs));
      for (const [i, value] of exact!.map.data.entries())
        expect(Math.abs(rounded!.map.data[i]! - value)).toBeLessThan(0.05 * most);
    },
  );

  it('is followed where the whole numbers are turned before they are dequantised', async () => {
    const product = conv(bytes([128], []), { pads: ints([1, 1, 1, 1]) });
    const graph = graphOf((b, x, zero) => {
      const turned = b.emit('Transpose', [x], { perm: ints([0, 1, 3, 2]) });
      b.reduce('ReduceSum', b.emit('DequantizeLinear', [turned, 'x.scale', zero]), [1], {});
      return product(b, x, zero);
    });
    const summed = graph.nodes.find(({ op }) => op === 'ReduceSum')!.outputs[0]!;
    const added = graph.nodes.map((node) =>
      node.outputs[0] === 'y' ? { ...node, outputs: ['scaled'] } : node,
    );
    const add = {
      ...graph.nodes.at(-1)!,
      op: 'Add',
      name: 'add',
      inputs: ['scaled', summed],
      outputs: ['y'],
    };
    const whole = { ...graph, nodes: [...added, { ...add, attributes: {} }] };
    const [own, open] = [await engine.compile(whole), await engine.compile(await opened(whole))];
    const all = await open.run({
      x: float32(
        images.flatMap((image) => [...image]),
        [3, 2, 6, 6],
      ),
    });
    const alone = await Promise.all(images.map((image) => own.run({ x: float32(image, [1, 2, 6, 6]) })));
    for (const [i, value] of alone.flatMap(({ y }) => numbers(y!)).entries())
      expect(numbers(all.y!)[i]).toBeCloseTo(value, 4);
    await Promise.all([own.dispose(), open.dispose()]);
  });

  it('of a fixed batch of one takes any', async () => {
    const [, , [, graph]] = forms as [unknown, unknown, [string, Graph]];
    const b = startGraph('head');
    b.alias(b.emit('Flatten', [b.emit('GlobalAveragePool', ['y'])]), 'scores');
    const head = b.finish([], [{ name: 'scores', type: 'float32' }]);
    const whole = { ...graph, nodes: [...graph.nodes, ...head.nodes], outputs: head.outputs };
    const [input] = whole.inputs;
    const fixed = { ...whole, inputs: [{ ...input!, shape: [1, ...input!.shape!.slice(1)] }] };
    const model = await classifierOf(fixed, 'dynamic.onnx', { engine });
    expect(model.alone).toBeUndefined();
    const both = { data: new Float32Array([...images[0]!, ...images[1]!]), shape: [2, 2, 6, 6] };
    const { data } = await predict(model, both);
    const program = await engine.compile(fixed);
    for (const [row, image] of images.slice(0, 2).entries()) {
      const { scores } = await program.run({ [input!.name]: float32(image, [1, 2, 6, 6]) });
      const own = numbers(scores!);
      for (const [k, score] of own.entries()) expect(data[row * own.length + k]).toBeCloseTo(score, 4);
    }
    await program.dispose();
  });
});
