import { afterAll, describe, expect, it } from 'vitest';
import { attribute } from '../attribution/attribute.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { int } from '../graph/attributes.js';
import { type Builder, startGraph } from '../graph/builder.js';
import { float32, int64, scalar } from '../graph/elements.js';
import type { Constant } from '../graph/graph.js';
import { dataTypes } from '../graph/schema.js';
import { normalFrom } from '../testing/normal.js';
import { borderOf } from './input/border.js';
import { classifierOf } from './load.js';
import { layerOf } from './maps/layer.js';
import { predict } from './predict.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const normal = normalFrom('import samples');
const byte = (value: number): Constant => ({ type: 'uint8', data: Uint8Array.of(value), shape: [] });

/** A network of 2x6 features: `between` makes the last features of the first. */
function network(between: (b: Builder, features: string) => string, first: number | string = 'N') {
  const b = startGraph('net');
  const features = b.emit('Tanh', [b.emit('MatMul', ['x', b.constant(normal(6, 5))])]);
  const pooled = b.emit('ReduceMean', [between(b, features), b.constant(int64([1]))], { keepdims: int(0) });
  b.emit('MatMul', [pooled, b.constant(normal(5, 3))], {}, 'y');
  return b.finish(
    [{ name: 'x', type: 'float32', shape: [first, 2, 6] }],
    [{ name: 'y', type: 'float32', shape: [first, 3] }],
  );
}

const float8 = dataTypes.float8e4m3fn;

/** Whole numbers of a scale that is the batch's, which more than a product reads. */
function dynamic(b: Builder, features: string) {
  const [values, scale] = b.emitAll('DynamicQuantizeLinear', [features], 3) as [string, string];
  return b.mul(b.emit('Cast', [values], { to: int(dataTypes.float32) }), scale);
}

/** All of both features, as a condition takes them. */
const kept = (b: Builder, features: string) =>
  b.emit('Compress', [features, b.constant({ type: 'bool', data: Uint8Array.of(1, 1), shape: [2] })], {
    axis: int(1),
  });

type Between = (b: Builder, features: string) => string;
/** What lies in the middle, the declared length of the first axis, and the batch that the file takes. */
const members: [string, Between, number | string, number][] = [
  ['with scales of the whole batch', dynamic, 'N', 1],
  ['of a fixed batch that a node hides', (b, features) => kept(b, features), 3, 3],
  [
    'that runs with one sample alone',
    (b, features) => {
      const moved = b.emit('Reshape', [features, b.constant(int64([1, 2, 5]))]);
      return kept(b, moved);
    },
    'N',
    1,
  ],
  [
    'with sequences',
    (b, features) => {
      const parts = b.emit('SplitToSequence', [features, b.constant(int64([1], []))], { axis: int(1) });
      const at = (i: number) => b.emit('SequenceAt', [parts, b.constant(int64([i], []))]);
      return b.concat([at(1), at(0)], 1);
    },
    'N',
    1,
  ],
  [
    'with floats of eight bits',
    (b, features) =>
      b.emit('Cast', [b.emit('Cast', [features], { to: int(float8) })], { to: int(dataTypes.float32) }),
    'N',
    1,
  ],
  [
    'quantised to floats of eight bits',
    (b, features) => {
      const zero = b.constant({ ...byte(0), type: 'float8e4m3fn' });
      const scale = b.constant(scalar(0.05));
      return b.emit('DequantizeLinear', [b.emit('QuantizeLinear', [features, scale, zero]), scale, zero]);
    },
    'N',
    1,
  ],
];

const input = { data: normal(4, 2, 6).data as Float32Array, shape: [4, 2, 6] };

/** A first state for so many samples, which a recurrent layer was exported with. */
const state = (values: Constant) => (b: Builder, features: string) => {
  const steps = b.transpose(features, [1, 0, 2]);
  const weights = [normal(1, 20, 5), normal(1, 20, 5)].map((each) => b.constant(each));
  const first = b.constant(values);
  const [made] = b.emitAll('LSTM', [steps, ...weights, '', '', first, first], 1, { hidden_size: int(5) });
  return kept(b, b.transpose(b.emit('Squeeze', [made!, b.constant(int64([1]))]), [1, 0, 2]));
};
const zeros = (...shape: number[]) => float32(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape);
members.push(
  ['of an open batch with a state for two', state(zeros(1, 2, 5)), 'N', 2],
  ['of an open batch with a state for five', state(zeros(1, 5, 5)), 'N', 5],
);

describe.each(members)('a network %s runs on one sample after another', (_, between, first, batch) => {
  const graph = network(between, first);

  it('and says of each what the file says of it alone', async () => {
    const model = await classifierOf(graph, 'net.onnx', { engine });
    expect(model.alone).toBeDefined();
    const program = await engine.compile(graph);
    const rows = await Promise.all(
      [0, 1, 2, 3].map(async (row) => {
        const one = input.data.slice(row * 12, (row + 1) * 12);
        const data = Float32Array.from({ length: 12 * batch }, (_, i) => one[i % 12]!);
        const { y } = await program.run({ x: float32(data, [batch, 2, 6]) });
        return [...(y!.data as Float32Array).slice(0, 3)];
      }),
    );
    await program.dispose();
    const { data, shape } = await predict(model, input);
    expect(shape).toEqual([4, 3]);
    for (const [i, value] of rows.flat().entries()) expect(data[i]).toBeCloseTo(value, 5);
  });

  it('so that methods that only run it explain it, and others say why not', async () => {
    const model = await classifierOf(graph, 'net.onnx', { engine });
    const targets = [0, 1, 2, 0];
    const { map } = await attribute(model, 'kernel-shap', input, targets, { samples: 40 });
    expect(map.data.some((value) => Math.abs(value) > 1e-6)).toBe(true);
    await expect(attribute(model, 'gradient', input, targets)).rejects.toThrow(
      `gradient cannot follow the network, which is run on one sample after another: ${model.alone}; take a`,
    );
  });

  it('so that its layers are said not to be seen, by default and by name', async () => {
    const model = await classifierOf(graph, 'net.onnx', { engine });
    for (const layer of ['', graph.nodes[0]!.outputs[0]!])
      expect(() => layerOf(borderOf(model).model, layer)).toThrow(
        'the network is run as a whole, and the layers inside are not seen',
      );
  });
});

it('a file that treats the rows of its batch in different ways is refused', async () => {
  const graph = network(state(normal(1, 2, 5)));
  await expect(classifierOf(graph, 'net.onnx', { engine })).rejects.toThrow(
    "net.onnx: the same sample has another output in each of the 2 rows of input 'x'",
  );
});

it('outputs whose last axis is the batch are rows all the same', async () => {
  const b = startGraph('net');
  b.transpose(b.emit('MatMul', ['x', b.constant(normal(6, 3))]), [1, 0]);
  const { nodes } = b.finish([], []);
  const y = nodes.at(-1)!.outputs[0]!;
  const graph = b.finish(
    [{ name: 'x', type: 'float32', shape: ['N', 6] }],
    [{ name: y, type: 'float32', shape: [3, 'N'] }],
  );
  const model = await classifierOf(graph, 'net.onnx', { engine });
  expect((await predict(model, { data: input.data, shape: [8, 6] })).shape).toEqual([8, 3]);
});

it.each<[string, (b: Builder, rows: string) => string, (number | string)[]]>([
  ['behind an axis of length 1', (b, rows) => b.unsqueeze(rows, [0]), [1, 'N', 3]],
  ['last', (b, rows) => b.transpose(rows, [1, 0]), [3, 'N']],
  [
    'between the classes and an axis of length 1',
    (b, rows) => b.unsqueeze(b.transpose(rows, [1, 0]), [2]),
    [3, 'N', 1],
  ],
])('an output with the batch %s has the same rows', async (_name, place, shape) => {
  const b = startGraph('turned');
  const scores = b.emit('MatMul', ['x', b.constant(normal(6, 3))]);
  b.alias(place(b, scores), 'y');
  const graph = b.finish(
    [{ name: 'x', type: 'float32', shape: ['N', 6] }],
    [{ name: 'y', type: 'float32', shape }],
  );
  const model = await classifierOf(graph, 'turned.onnx', { engine });
  const usual = await classifierOf(
    { ...graph, outputs: [{ name: scores, type: 'float32', shape: ['N', 3] }] },
    'rows.onnx',
    { engine },
  );
  const rows = { data: normal(4, 6).data as Float32Array, shape: [4, 6] };
  expect(await predict(model, rows)).toEqual(await predict(usual, rows));
  const [map, wanted] = await Promise.all(
    [model, usual].map((one) => attribute(one, 'gradient', rows, [0, 1, 2, 0])),
  );
  expect(map!.map).toEqual(wanted!.map);
});

it('an output without an axis of samples is refused', async () => {
  const b = startGraph('flat');
  b.emit('Reshape', [b.emit('MatMul', ['x', b.constant(normal(6, 3))]), b.constant(int64([-1]))], {}, 'y');
  const graph = b.finish(
    [{ name: 'x', type: 'float32', shape: ['N', 6] }],
    [{ name: 'y', type: 'float32', shape: ['M'] }],
  );
  await expect(classifierOf(graph, 'flat.onnx', { engine })).rejects.toThrow(
    "two rows of input 'x' [N,6] give an output [6] where one gives [3], which has no axis of samples",
  );
});

it('parts of a bag are not taken for samples', async () => {
  const b = startGraph('bag');
  const features = b.emit('MatMul', ['x', b.constant(normal(6, 5))]);
  const weights = b.emit('Softmax', [b.emit('MatMul', [features, b.constant(normal(5, 1))])], {
    axis: int(0),
  });
  const bag = b.emit('MatMul', [b.transpose(weights, [1, 0]), features]);
  b.emit('MatMul', [bag, b.constant(normal(5, 3))], {}, 'y');
  const graph = b.finish(
    [{ name: 'x', type: 'float32', shape: ['parts', 6] }],
    [{ name: 'y', type: 'float32', shape: [1, 3] }],
  );
  await expect(classifierOf(graph, 'bag.onnx', { engine })).rejects.toThrow(
    "bag.onnx: two rows of input 'x' [parts,6] give one output [1,3], as one does",
  );
});

it('a fixed first axis that has no rows in the output is no batch', async () => {
  const b = startGraph('last');
  b.emit('MatMul', [b.transpose('x', [1, 0]), b.constant(normal(5, 3))], {}, 'y');
  const graph = b.finish(
    [{ name: 'x', type: 'float32', shape: [5, 2] }],
    [{ name: 'y', type: 'float32', shape: [2, 3] }],
  );
  await expect(classifierOf(graph, 'last.onnx', { engine })).rejects.toThrow(
    "last.onnx: input 'x' [5,2] gives an output [2,3], which has no row for each of 5",
  );
});
