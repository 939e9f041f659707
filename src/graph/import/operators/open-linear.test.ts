import { afterAll, expect, it } from 'vitest';
import { seededRandom } from '../../../base/random.js';
import { onnxRuntime } from '../../../engine/onnxruntime.js';
import { type Attributes, float, int, ints, string } from '../../attributes.js';
import { float32, int64, numbers } from '../../elements.js';
import type { Graph } from '../../graph.js';
import { openLinear } from './open-linear.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const random = seededRandom('linear');
const normal = (length: number) => Array.from({ length }, () => random.normal());
const floats = (value: readonly number[]) => ({ kind: 'floats', value }) as const;
const x = float32([...normal(8), 0, 0, 0, 0], [3, 4]);

const three = {
  classlabels_ints: ints([0, 1, 2]),
  coefficients: floats(normal(12)),
  intercepts: floats(normal(3)),
};

/** One node of ai.onnx.ml, whose last output is read. */
function graphOf(op: string, attributes: Attributes, outputs: readonly string[]): Graph {
  const node = { op, domain: 'ai.onnx.ml', name: op, inputs: ['x'], outputs, attributes };
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  return {
    name: op,
    nodes: [node],
    initializers: new Map(),
    inputs: [value('x', ['N', 4])],
    outputs: [value(outputs.at(-1)!, ['N', 'K'])],
    opsets: { '': 20, 'ai.onnx.ml': 3 },
    metadata: {},
  };
}

const outputOf = async (graph: Graph, inputs = { x }) => {
  const program = await engine.compile(graph);
  const { y } = await program.run(inputs);
  await program.dispose();
  return numbers(y!);
};
const runBoth = (one: Graph, other: Graph) => Promise.all([outputOf(one), outputOf(other)]);

it.each<[string, string, Attributes]>([
  ['a scaler', 'Scaler', { offset: floats(normal(4)), scale: floats(normal(4)) }],
  ['a scaler of one number for all columns', 'Scaler', { offset: floats([0.5]), scale: floats([2]) }],
  ['rows of sum 1', 'Normalizer', { norm: string('L1') }],
  ['rows of length 1', 'Normalizer', { norm: string('L2') }],
  ['a regression', 'LinearRegressor', { coefficients: floats(normal(4)), intercepts: floats([0.3]) }],
  [
    'two regressions',
    'LinearRegressor',
    { coefficients: floats(normal(8)), intercepts: floats(normal(2)), targets: int(2) },
  ],
  ['decision values', 'LinearClassifier', { ...three, post_transform: string('NONE') }],
  ['a softmax', 'LinearClassifier', { ...three, post_transform: string('SOFTMAX') }],
  ['sigmoids', 'LinearClassifier', { ...three, post_transform: string('LOGISTIC') }],
])('%s gives what the runtime gives', async (_name, op, attributes) => {
  const graph = graphOf(op, attributes, op === 'LinearClassifier' ? ['label', 'y'] : ['y']);
  const opened = openLinear(graph);
  expect(opened.nodes.some(({ domain }) => domain !== '')).toBe(false);
  const [made, wanted] = await runBoth(opened, graph);
  for (const [i, value] of wanted.entries()) expect(made[i]).toBeCloseTo(value, 5);
});

/** A classifier whose scores are then divided by their sum, as scikit-learn exports them. */
function divided(classes: number, link: string, coefficients: readonly number[]): Graph {
  const graph = graphOf('Normalizer', { norm: string('L1') }, ['y']);
  const attributes = {
    classlabels_ints: ints(Array.from({ length: classes }, (_, i) => i)),
    coefficients: floats(coefficients),
    intercepts: floats(classes === 2 ? [-0.5, 0.5] : [0.1, 0.2, 0.3]),
    post_transform: string(link),
  };
  const [classifier] = graphOf('LinearClassifier', attributes, ['label', 'scores']).nodes;
  return { ...graph, nodes: [classifier!, { ...graph.nodes[0]!, inputs: ['scores'] }] };
}

const row = normal(4);
it.each<[string, Graph, boolean]>([
  ['a softmax', divided(3, 'SOFTMAX', normal(12)), true],
  ['the sigmoids of a score and its negative', divided(2, 'LOGISTIC', [...row.map((v) => -v), ...row]), true],
  ['sigmoids of two scores', divided(2, 'LOGISTIC', normal(8)), false],
  ['sigmoids of three scores', divided(3, 'LOGISTIC', normal(12)), false],
])('divides probabilities by their sum unless it is 1: %s', async (_name, graph, isOne) => {
  const opened = openLinear(graph);
  expect(opened.nodes.some(({ op }) => op === 'Div')).toBe(!isOne);
  const [made, wanted] = await runBoth(opened, graph);
  for (const [i, value] of wanted.entries()) expect(made[i]).toBeCloseTo(value, 5);
});

it.each<[string, number, readonly number[]]>([
  ['NaN', Number.NaN, normal(4)],
  ['a number', 0, normal(4)],
  ['a number, by the same in all columns', 0, [3]],
])('fills in what is missing as the runtime does: %s', async (_name, missing, values) => {
  const attributes = { replaced_value_float: float(missing), imputed_value_floats: floats(values) };
  const graph = graphOf('Imputer', attributes, ['y']);
  const holed = { x: float32([...normal(5), missing, missing, 1, 0, missing, 0, 2], [3, 4]) };
  const [made, wanted] = await Promise.all([outputOf(openLinear(graph), holed), outputOf(graph, holed)]);
  expect(openLinear(graph).nodes.map(({ op }) => op)).toContain('Where');
  expect(made).toEqual(wanted);
  expect(made.some(Number.isNaN)).toBe(false);
});

it('takes columns as the runtime does', async () => {
  const initializers = new Map([['which', int64([2, 0, 2])]]);
  const graph = { ...graphOf('ArrayFeatureExtractor', {}, ['y']), initializers };
  const nodes = graph.nodes.map((node) => ({ ...node, inputs: ['x', 'which'] }));
  const opened = openLinear({ ...graph, nodes });
  expect(opened.nodes.map(({ op }) => op)).toEqual(['Reshape', 'Gather']);
  const [made, wanted] = await runBoth(opened, { ...graph, nodes });
  expect(made).toEqual(wanted);
});

it.each<[string, string, Attributes, string[]]>([
  ['a label that is read', 'LinearClassifier', three, ['label']],
  ['a probit', 'LinearClassifier', { ...three, post_transform: string('PROBIT') }, ['label', 'y']],
  ['rows by their maximum', 'Normalizer', { norm: string('MAX') }, ['y']],
])('%s stays as it is', (_name, op, attributes, outputs) => {
  const graph = graphOf(op, attributes, outputs);
  expect(openLinear(graph).nodes).toEqual(graph.nodes);
});
