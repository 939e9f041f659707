import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../base/random.js';
import { onnxRuntime } from '../../../engine/onnxruntime.js';
import { sizeOf } from '../../../tensor/tensor.js';
import { type Attributes, float, int, ints, string } from '../../attributes.js';
import { float32, int64, numbers } from '../../elements.js';
import type { Constant, Graph } from '../../graph.js';
import { openFunctions } from '../operators/open-functions.js';
import { unfuse } from './unfuse.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

interface Fused {
  readonly op: string;
  /** Of the input and of the weights; an empty one is left out. */
  readonly shapes: readonly (readonly number[])[];
  readonly attributes?: Attributes;
  readonly outputs?: readonly string[];
  /** Weights of other types than float32, instead of random ones. */
  readonly weights?: readonly Constant[];
  readonly of?: string;
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
    op: 'FusedGemm',
    shapes: [[2, 3], [4, 3], [4]],
    attributes: {
      ...{ transB: int(1), activation: string('HardSigmoid') },
      ...{ activation_alpha: float(1 / 6), activation_beta: float(0.4) },
    },
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
    op: 'FusedMatMul',
    shapes: [
      [2, 3, 4],
      [5, 3, 4],
    ],
    attributes: { transBatchA: int(1), transB: int(1), transBatchB: int(1), alpha: float(2) },
    of: 'moved axes, which are batches of 3',
  },
  {
    op: 'FusedMatMul',
    shapes: [
      [2, 3, 4, 5],
      [3, 4, 2, 6],
    ],
    attributes: { transA: int(1), transBatchA: int(1) },
    of: 'moved axes of four',
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
  {
    op: 'Attention',
    shapes: [[2, 5, 6], [6, 18], [18]],
    attributes: { num_heads: int(2), unidirectional: int(1) },
  },
  {
    op: 'MultiHeadAttention',
    shapes: [[2, 5, 6], [2, 5, 6], [2, 5, 6], [18], [], [1, 3, 5, 5]],
    attributes: { num_heads: int(3), scale: float(0.3) },
  },
  { op: 'SkipSimplifiedLayerNormalization', shapes: [[2, 3, 4], [2, 3, 4], [4], [4]] },
  {
    op: 'SkipSimplifiedLayerNormalization',
    shapes: [[2, 3, 4], [2, 3, 4], [4]],
    outputs: ['y', '', '', 'sum'],
  },
  { op: 'Trilu', shapes: [[2, 3, 4]], attributes: { upper: int(0) } },
  { op: 'Pad', shapes: [[2, 3, 4]], weights: [int64([0, 1, 0, 0, 0, 2])] },
  rotary('of one first position', [int64([1])]),
  rotary('of every position', [int64([1, 0, 2, 0, 1, 2], [2, 3])]),
  ...[4, 8].flatMap((bits) => [0, 1].map((given) => blocks(bits, given === 1))),
];

/** Heads of four features each, of three tokens. */
function rotary(of: string, [positions]: readonly Constant[]): Fused {
  const tables = [0, 1].map((i) =>
    float32(
      Float32Array.from({ length: 8 }, (_, j) => Math.cos(3 * i + j)),
      [4, 2],
    ),
  );
  return {
    ...{ op: 'RotaryEmbedding', of, shapes: [[2, 3, 8]], weights: [positions!, ...tables] },
    attributes: { num_heads: int(2), rotary_embedding_dim: int(4) },
  };
}

/** Weights `[3, 40]` in three blocks of 16, of which the last is not full. */
function blocks(bits: number, withZeros: boolean): Fused {
  const bytes = (length: number, shape: readonly number[]): Constant => ({
    ...{ type: 'uint8', shape, data: Uint8Array.from({ length }, (_, i) => (37 * i + 11) % 256) },
  });
  const scales = float32(Float32Array.from({ length: 9 }, (_, i) => 0.01 * (i + 1)));
  const zeros = bits === 4 ? bytes(6, [6]) : bytes(9, [9]);
  return {
    ...{ op: 'MatMulNBits', of: `${bits} bits${withZeros ? ' and zeros' : ''}`, shapes: [[2, 5, 40]] },
    weights: [bytes(18 * bits, [3, 3, 2 * bits]), scales, ...(withZeros ? [zeros] : [])],
    attributes: { K: int(40), N: int(3), bits: int(bits), block_size: int(16) },
  };
}

function graphOf({ op, shapes, attributes = {}, outputs = ['y'], weights = [] }: Fused): Graph {
  const random = seededRandom(op);
  const given = shapes.map((shape, i) => (i > 0 && shape.length === 0 ? '' : `x${i}`));
  const inputs = [...given, ...weights.map((_, i) => `w${i}`)];
  return {
    name: 'fused',
    opsets: { '': 20, 'com.microsoft': 1 },
    inputs: [{ name: 'x0', type: 'float32', shape: shapes[0]! }],
    outputs: outputs.filter(Boolean).map((name) => ({ name, type: 'float32' })),
    nodes: [{ op, domain: 'com.microsoft', name: 'blocks.0/fused', inputs, outputs, attributes }],
    initializers: new Map([
      ...weights.map((weight, i) => [`w${i}`, weight] as const),
      ...shapes.slice(1).map(
        (shape, i) =>
          [
            `x${i + 1}`,
            float32(
              Float32Array.from({ length: sizeOf(shape) }, () => random.normal()),
              shape,
            ),
          ] as const,
      ),
    ]),
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
  it.each(
    fused.map((one) => [`${one.op} of ${one.of ?? one.shapes.map((s) => `[${s}]`).join(' ')}`, one] as const),
  )('gives the same as plain ones: %s', async (_, one) => {
    const graph = graphOf(one);
    const plain = openFunctions(unfuse(graph));
    expect(plain.nodes.every((node) => node.domain === '')).toBe(true);
    const [expected, got] = [await outputsOf(graph), await outputsOf(plain)];
    for (const [name, value] of Object.entries(expected)) {
      expect(got[name]!.shape).toEqual(value.shape);
      // ONNX Runtime's own Gelu approximates a little.
      for (const [i, v] of numbers(value).entries()) expect(numbers(got[name]!)[i]).toBeCloseTo(v, 4);
    }
  });

  const kept: readonly Fused[] = [
    {
      op: 'Attention',
      shapes: [[2, 5, 6], [6, 18], [18], [2, 5]],
      attributes: { num_heads: int(2) },
    },
    { op: 'MultiHeadAttention', shapes: [[2, 5, 2, 3, 2]], attributes: { num_heads: int(2) } },
    { op: 'FusedGemm', shapes: [[2, 3], [3, 4], [4]], attributes: { activation: string('Softplus') } },
  ];
  it.each(['uint8', 'int16'] as const)('reads as the standard one, quantised to %s', async (type) => {
    const numbersOf = type === 'uint8' ? Uint8Array : Int16Array;
    const zero: Constant = { type, shape: [], data: numbersOf.of(7) };
    const step = float32(Float32Array.of(type === 'uint8' ? 0.05 : 0.0001), []);
    const node = (op: string, from: string, to: string) => ({
      ...{ op, domain: 'com.microsoft', name: op, attributes: {} },
      ...{ inputs: [from, 'step', 'zero'], outputs: [to] },
    });
    const graph: Graph = {
      ...graphOf({ op: 'Gelu', shapes: [[2, 3, 4]] }),
      nodes: [node('QuantizeLinear', 'x0', 'q'), node('DequantizeLinear', 'q', 'y')],
      initializers: new Map([
        ['step', step],
        ['zero', zero],
      ]),
    };
    const plain = unfuse(graph);
    expect(plain.nodes.map(({ domain }) => domain)).toEqual(['', '']);
    expect(await outputsOf(plain)).toEqual(await outputsOf(graph));
  });

  it.each(kept.map((one) => [one.op, one] as const))(
    'stays in forms that are not taken apart: %s',
    (_, one) => {
      const graph = graphOf(one);
      expect(unfuse(graph).nodes).toEqual(graph.nodes);
    },
  );
});
