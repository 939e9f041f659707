import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { sizeOf } from '../../tensor/tensor.js';
import { type Attributes, float, int, ints, string } from '../attributes.js';
import { float32, numbers } from '../elements.js';
import type { Graph } from '../graph.js';
import { unfuse } from './unfuse.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

interface Fused {
  readonly op: string;
  /** Of the input and of the weights; an empty one is left out. */
  readonly shapes: readonly (readonly number[])[];
  readonly attributes?: Attributes;
  readonly outputs?: readonly string[];
}

const conv = { kernel_shape: ints([3, 3]), pads: ints([1, 1, 1, 1]) };
const floats = (value: readonly number[]) => ({ kind: 'floats', value }) as const;

const fused: readonly Fused[] = [
  { op: 'Gelu', shapes: [[2, 3, 4]] },
  { op: 'FastGelu', shapes: [[2, 3, 4]] },
  { op: 'FastGelu', shapes: [[2, 3, 4], [4]] },
  { op: 'BiasGelu', shapes: [[2, 3, 4], [4]] },
  { op: 'QuickGelu', shapes: [[2, 3, 4]], attributes: { alpha: float(1.5) } },
  {
    op: 'FusedConv',
    shapes: [[2, 3, 5, 5], [4, 3, 3, 3], [4]],
    attributes: { ...conv, activation: string('Relu') },
  },
  {
    op: 'FusedConv',
    shapes: [[2, 3, 5, 5], [4, 3, 3, 3], [4], [2, 4, 5, 5]],
    attributes: { ...conv, activation: string('Relu') },
  },
  {
    op: 'FusedConv',
    shapes: [
      [2, 3, 5, 5],
      [4, 3, 3, 3],
    ],
    attributes: { ...conv, activation: string('Clip'), activation_params: floats([-0.5, 1]) },
  },
  {
    op: 'FusedConv',
    shapes: [
      [2, 3, 5, 5],
      [4, 3, 3, 3],
    ],
    attributes: { ...conv, activation: string('LeakyRelu'), activation_params: floats([0.2]) },
  },
  {
    op: 'FusedGemm',
    shapes: [[2, 3], [4, 3], [4]],
    attributes: { transB: int(1), activation: string('Relu') },
  },
  {
    op: 'FusedMatMul',
    shapes: [
      [2, 3, 4],
      [5, 4],
    ],
    attributes: { transB: int(1), alpha: float(0.5) },
  },
  {
    op: 'FusedMatMul',
    shapes: [
      [2, 4, 3],
      [2, 4, 5],
    ],
    attributes: { transA: int(1) },
  },
  {
    op: 'SkipLayerNormalization',
    shapes: [[2, 3, 4], [2, 3, 4], [4], [4], [4]],
    attributes: { epsilon: float(1e-5) },
  },
  { op: 'SkipLayerNormalization', shapes: [[2, 3, 4], [2, 3, 4], [4], [4]], outputs: ['y', '', '', 'sum'] },
  { op: 'Attention', shapes: [[2, 5, 6], [6, 18], [18]], attributes: { num_heads: int(2) } },
  {
    op: 'MultiHeadAttention',
    shapes: [[2, 5, 6], [2, 5, 6], [2, 5, 6], [18]],
    attributes: { num_heads: int(3) },
  },
  {
    op: 'MultiHeadAttention',
    shapes: [
      [2, 5, 6],
      [2, 5, 6],
      [2, 5, 6],
    ],
    attributes: { num_heads: int(3) },
  },
];

function graphOf({ op, shapes, attributes = {}, outputs = ['y'] }: Fused): Graph {
  const random = seededRandom(op);
  const inputs = shapes.map((_, i) => `x${i}`);
  return {
    name: 'fused',
    opsets: { '': 20, 'com.microsoft': 1 },
    inputs: [{ name: 'x0', type: 'float32', shape: shapes[0]! }],
    outputs: outputs.filter(Boolean).map((name) => ({ name, type: 'float32' })),
    nodes: [{ op, domain: 'com.microsoft', name: 'blocks.0/fused', inputs, outputs, attributes }],
    initializers: new Map(
      shapes.slice(1).map((shape, i) => [
        `x${i + 1}`,
        float32(
          Float32Array.from({ length: sizeOf(shape) }, () => random.normal()),
          shape,
        ),
      ]),
    ),
    metadata: {},
  };
}

async function outputsOf(graph: Graph) {
  const shape = graph.inputs[0]!.shape as number[];
  const random = seededRandom('input');
  const program = await engine.compile(graph);
  const got = await program.run({
    x0: float32(
      Float32Array.from({ length: sizeOf(shape) }, () => random.normal()),
      shape,
    ),
  });
  await program.dispose();
  return got;
}

describe('a fused operator', () => {
  it.each(fused.map((one) => [`${one.op} of ${one.shapes.map((s) => `[${s}]`).join(' ')}`, one] as const))(
    'gives the same as plain ones: %s',
    async (_, one) => {
      const graph = graphOf(one);
      const plain = unfuse(graph);
      expect(plain.nodes.every((node) => node.domain === '')).toBe(true);
      const [expected, got] = [await outputsOf(graph), await outputsOf(plain)];
      for (const [name, value] of Object.entries(expected)) {
        expect(got[name]!.shape).toEqual(value.shape);
        // ONNX Runtime's own Gelu approximates a little.
        for (const [i, v] of numbers(value).entries()) expect(numbers(got[name]!)[i]).toBeCloseTo(v, 4);
      }
    },
  );

  const kept: readonly Fused[] = [
    {
      op: 'Attention',
      shapes: [[2, 5, 6], [6, 18], [18], [2, 5]],
      attributes: { num_heads: int(2) },
    },
    { op: 'MultiHeadAttention', shapes: [[2, 5, 2, 3, 2]], attributes: { num_heads: int(2) } },
    { op: 'FusedGemm', shapes: [[2, 3], [3, 4], [4]], attributes: { activation: string('Softplus') } },
  ];
  it.each(kept.map((one) => [one.op, one] as const))(
    'stays in forms that are not taken apart: %s',
    (_, one) => {
      const graph = graphOf(one);
      expect(unfuse(graph).nodes).toEqual(graph.nodes);
    },
  );
});
