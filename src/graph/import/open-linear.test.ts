import { afterAll, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { type Attributes, int, ints, string } from '../attributes.js';
import { float32, numbers } from '../elements.js';
import type { Graph } from '../graph.js';
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
  const [made, wanted] = await Promise.all(
    [opened, graph].map(async (each) => {
      const program = await engine.compile(each);
      const { y } = await program.run({ x });
      await program.dispose();
      return numbers(y!);
    }),
  );
  for (const [i, value] of wanted!.entries()) expect(made![i]).toBeCloseTo(value, 5);
});

it.each<[string, string, Attributes, string[]]>([
  ['a label that is read', 'LinearClassifier', three, ['label']],
  ['a probit', 'LinearClassifier', { ...three, post_transform: string('PROBIT') }, ['label', 'y']],
  ['rows by their maximum', 'Normalizer', { norm: string('MAX') }, ['y']],
])('%s stays as it is', (_name, op, attributes, outputs) => {
  const graph = graphOf(op, attributes, outputs);
  expect(openLinear(graph).nodes).toEqual(graph.nodes);
});
