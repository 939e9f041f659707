import { afterAll, expect, it } from 'vitest';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { int } from '../graph/attributes.js';
import { startGraph } from '../graph/builder.js';
import { int64, scalar } from '../graph/elements.js';
import type { Graph } from '../graph/graph.js';
import { axis, network, reading, softmax, value, weights, x } from '../testing/networks/scores.js';
import { predict } from './predict.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const { load } = reading(engine);

it('a named output is explained as it is, an inner value with the head behind it', async () => {
  const graph = network(2, softmax);
  const links = await Promise.all(
    ['y', 's'].map(async (output) => (await load(graph, { output })).head.link),
  );
  expect(links).toEqual(['identity', 'softmax']);
  await expect(load(graph, { output: 'z' })).rejects.toThrow("has no output 'z' (outputs: y;");
});

it('the one output of floating-point numbers is taken, whatever stands first', async () => {
  const graph = network(3, softmax, [{ ...value('label'), type: 'int64' as never }, value('y')]);
  const b = { ...graph, nodes: [...graph.nodes] };
  b.nodes.push({
    ...{ op: 'ArgMax', domain: '', name: 'label', inputs: ['y'], outputs: ['label'] },
    attributes: { axis, keepdims: int(0) },
  });
  expect((await load(b)).output).toBe('s');
  await expect(load(b, { output: 'label' })).rejects.toThrow("output 'label' holds int64");
});

it('a file that only names the greatest class is refused with the scores behind it', async () => {
  const named = network(
    3,
    (b, s) => b.emit('Cast', [b.emit('ArgMax', [s], { axis, keepdims: int(0) })], { to: int(7) }),
    [{ ...value('y'), type: 'int64' as never }],
  );
  await expect(load(named)).rejects.toThrow("it picks the greatest of 's', which option output takes");
});

it('what a regressor of classical learning gives is a quantity', async () => {
  const graph = network(1, (b, s) => b.emit('Identity', [s]));
  const regressor = {
    ...{ op: 'LinearRegressor', domain: 'ai.onnx.ml', name: 'regressor', inputs: ['x'], outputs: ['s'] },
    attributes: { coefficients: { kind: 'floats', value: [1, -2, 3, 0.5] } as const },
  };
  const nodes = graph.nodes.map((node) => (node.outputs[0] === 's' ? regressor : node));
  const quantified = { ...graph, nodes, opsets: { ...graph.opsets, 'ai.onnx.ml': 3 } };
  expect((await load(quantified)).head.says).toBe("'y'; it is a quantity and has no probability");
  expect((await load(quantified, { head: 'sigmoid' })).head.link).toBe('sigmoid');
});

it('inputs that the output does not depend on are dropped', async () => {
  const graph = network(3, softmax);
  const model = await load({ ...graph, inputs: [value('unread', [1, 3]), ...graph.inputs] });
  expect(model.input).toMatchObject({ name: 'x', shape: [4] });
});

it.each([
  ['[N]', [1], [0]],
  ['[N, K, 1, 1]', [3, 1, 1], [1]],
  ['[N, 1, K]', [1, 3], [1]],
  ['[N, 1, 1, K]', [1, 1, 3], [1]],
] as const)('an output of shape %s is read as rows', async (_name, lengths, axes) => {
  const classes = Math.max(...lengths);
  const model = await load(
    network(classes, (b, s) =>
      lengths.length > 1
        ? b.reshape(s, [-1, ...lengths])
        : b.emit('Squeeze', [s, b.constant(int64([...axes]))]),
    ),
  );
  expect((await predict(model, x)).shape).toEqual([3, classes]);
});

it.each([
  ['features', ['features', 'y'], 'y'],
  ['features of two heads', ['features', 'other', 'y'], 'other'],
])('explains scores rather than %s that a layer makes them of', async (_name, names, explained) => {
  const b = startGraph('net');
  b.emit('Relu', [b.emit('MatMul', ['x', b.constant(weights(4, 5))])], {}, 'features');
  b.emit('MatMul', ['features', b.constant(weights(5, 3))], {}, 'y');
  b.emit('MatMul', ['features', b.constant(weights(5, 2))], {}, 'other');
  const outputs = names.map((name) => value(name, ['N', 'K']));
  const { head } = await load(b.finish([value('x', ['N', 4])], outputs));
  expect(head.says).toMatch(`'${explained}'`);
  expect(head.says).toMatch(/other outputs: features/);
});

it('explains scores rather than what a layer of whole numbers makes them of', async () => {
  const b = startGraph('net');
  b.emit('Relu', [b.emit('MatMul', ['x', b.constant(weights(4, 5))])], {}, 'values');
  const [q, scale, zero] = b.emitAll('DynamicQuantizeLinear', ['values'], 3) as [string, string, string];
  const whole = { type: 'int8' as const, data: Int8Array.from({ length: 15 }, (_, i) => 7 * i - 50) };
  const made = b.emit('MatMulInteger', [q, b.constant({ ...whole, shape: [5, 3] }), zero]);
  b.emit('Mul', [b.emit('Cast', [made], { to: int(1) }), scale], {}, 'y');
  const outputs = ['values', 'y'].map((name) => value(name, ['N', 'K']));
  const { head } = await load(b.finish([value('x', ['N', 4])], outputs));
  expect(head.says).toMatch("'y'");
});

it('explains scores rather than a copy of the features that they are made of', async () => {
  const b = startGraph('net');
  const features = b.emit('Relu', [b.emit('MatMul', ['x', b.constant(weights(4, 5))])]);
  b.emit('Identity', [features], {}, 'beside');
  b.emit('Identity', [b.emit('MatMul', [features, b.constant(weights(5, 3))])], {}, 'y');
  const outputs = ['beside', 'y'].map((name) => value(name, ['N', 'K']));
  const { head } = await load(b.finish([value('x', ['N', 4])], outputs));
  expect(head.says).toMatch("'y'");
});

/** Outputs side by side, each by a layer of its own from the same features. */
function outputsBeside(...outputs: [name: string, columns: number, end?: 'Softmax' | 'Sigmoid'][]): Graph {
  const b = startGraph('net');
  const features = b.emit('Relu', [b.emit('MatMul', ['x', b.constant(weights(4, 5))])]);
  for (const [name, columns, end = 'Identity'] of outputs)
    b.emit(end, [b.emit('MatMul', [features, b.constant(weights(5, columns))])], {}, name);
  return b.finish(
    [value('x', ['N', 4])],
    outputs.map(([name]) => value(name, ['N', 'K'])),
  );
}

it.each<[string, Parameters<typeof outputsBeside>, string]>([
  [
    'an embedding by name',
    [
      ['embedding', 6],
      ['logits', 4],
    ],
    'logits',
  ],
  [
    'scores made of an embedding, by name',
    [
      ['patch_embedding_logits', 4],
      ['age', 1],
    ],
    'patch_embedding_logits',
  ],
  [
    'an embedding of a class, by name',
    [
      ['class_embedding', 6],
      ['logits', 4],
    ],
    'logits',
  ],
  [
    'a projection by name',
    [
      ['out_projection', 6],
      ['out', 4],
    ],
    'out',
  ],
  [
    'auxiliary scores by name',
    [
      ['aux_logits', 4],
      ['logits', 4],
    ],
    'logits',
  ],
  [
    'boxes before a softmax',
    [
      ['boxes', 4],
      ['scores', 3, 'Softmax'],
    ],
    'scores',
  ],
  [
    'an age before a softmax',
    [
      ['age', 1],
      ['grade', 4, 'Softmax'],
    ],
    'grade',
  ],
  [
    'the first of two softmaxes',
    [
      ['grade', 4, 'Softmax'],
      ['type', 3, 'Softmax'],
    ],
    'grade',
  ],
  [
    'scores before an uncertainty',
    [
      ['a', 4],
      ['b', 1, 'Sigmoid'],
    ],
    'a',
  ],
  [
    'the first where nothing tells',
    [
      ['a', 6],
      ['b', 4],
    ],
    'a',
  ],
  [
    'features where there is nothing else',
    [
      ['embedding', 6],
      ['features', 4],
    ],
    'embedding',
  ],
])('of several outputs: %s', async (_name, outputs, explained) => {
  const { head, ...model } = await load(outputsBeside(...outputs));
  expect([model.output, head.before]).toContain(explained);
  const other = outputs.map(([name]) => name).find((name) => name !== explained);
  expect(head.says).toContain(`other outputs: ${other} (option output takes one)`);
  expect(head.others).toEqual([other]);
});

it('what is explained before the end of a file is named after its score', async () => {
  const shaped = network(3, (b, s) => b.reshape(b.emit('Softmax', [s], { axis: int(1) }), [-1, 3]));
  const pair = network(1, (b, s) => {
    const p = b.emit('Sigmoid', [s]);
    return b.emit('Concat', [b.sub(b.constant(scalar(1)), p), p], { axis: int(1) });
  });
  expect((await load(shaped)).head.says).toMatch(/^'s after Reshape', the score before the final Softmax/);
  expect((await load(pair)).head.says).toMatch(/^'s as two classes', the score before the final Sigmoid/);
  for (const graph of [shaped, pair])
    expect(JSON.stringify([...(await load(graph)).graph.nodes])).not.toContain('sl.score');
});
