import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../base/random.js';
import { onnxRuntime } from '../../../engine/onnxruntime.js';
import { sizeOf } from '../../../tensor/tensor.js';
import { type Attributes, float, int, ints, string } from '../../attributes.js';
import { float32, numbers } from '../../elements.js';
import type { Constant, Graph } from '../../graph.js';
import { upgrade } from './upgrade.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

interface Old {
  readonly op: string;
  readonly opset: number;
  readonly shape: readonly number[];
  readonly attributes?: Attributes;
  readonly more?: readonly Constant[];
  readonly outputs?: number;
}

const floats = (value: readonly number[]) => ({ kind: 'floats', value }) as const;
const four = float32([1.5, 0.5, 2, 1]);

const olds: readonly Old[] = [
  { op: 'Dropout', opset: 7, shape: [2, 3], attributes: { ratio: float(0.5) }, outputs: 2 },
  { op: 'Dropout', opset: 10, shape: [2, 3], attributes: { ratio: float(0.5) }, outputs: 2 },
  ...['bilinear', 'nearest', 'bicubic'].map(
    (mode): Old => ({
      op: 'GridSample',
      opset: 16,
      shape: [1, 2, 3, 4],
      attributes: { mode: string(mode) },
      more: [float32([-0.5, 0.3, 0.9, -1.1], [1, 2, 1, 2])],
    }),
  ),
  { op: 'DFT', opset: 17, shape: [2, 3, 4, 1], attributes: { axis: int(2) } },
  { op: 'DFT', opset: 17, shape: [2, 3, 4, 1] },
  {
    op: 'RoiAlign',
    opset: 10,
    shape: [1, 2, 6, 6],
    attributes: { output_height: int(2), output_width: int(2) },
    more: [float32([0.3, 0.7, 4.1, 5.2], [1, 4]), { type: 'int64', data: BigInt64Array.of(0n), shape: [1] }],
  },
  { op: 'Squeeze', opset: 11, shape: [2, 1, 3, 1], attributes: { axes: ints([1, -1]) } },
  { op: 'Squeeze', opset: 7, shape: [2, 1, 3, 1] },
  { op: 'Unsqueeze', opset: 11, shape: [2, 3], attributes: { axes: ints([0, 3]) } },
  { op: 'ReduceSum', opset: 11, shape: [2, 3, 4], attributes: { axes: ints([1]), keepdims: int(0) } },
  { op: 'ReduceSum', opset: 7, shape: [2, 3, 4] },
  ...[
    'ReduceMean',
    'ReduceMax',
    'ReduceMin',
    'ReduceL1',
    'ReduceL2',
    'ReduceSumSquare',
    'ReduceLogSumExp',
  ].map((op): Old => ({ op, opset: 13, shape: [2, 3, 4], attributes: { axes: ints([-1]) } })),
  ...['Softmax', 'LogSoftmax', 'Hardmax'].flatMap((op): Old[] => [
    { op, opset: 11, shape: [2, 3, 2, 2] },
    { op, opset: 11, shape: [2, 3, 2, 2], attributes: { axis: int(2) } },
    { op, opset: 11, shape: [2, 3, 4], attributes: { axis: int(-1) } },
    { op, opset: 7, shape: [2, 5] },
  ]),
  {
    op: 'Slice',
    opset: 9,
    shape: [2, 5, 4],
    attributes: { starts: ints([1, -3]), ends: ints([4, 9]), axes: ints([1, 2]) },
  },
  { op: 'Slice', opset: 9, shape: [2, 5], attributes: { starts: ints([1]), ends: ints([2]) } },
  { op: 'Clip', opset: 10, shape: [2, 5], attributes: { min: float(-0.5), max: float(0.5) } },
  { op: 'Clip', opset: 7, shape: [2, 5], attributes: { max: float(0.5) } },
  { op: 'Clip', opset: 7, shape: [2, 5] },
  { op: 'Pad', opset: 10, shape: [2, 3], attributes: { pads: ints([0, 1, 1, 2]), value: float(0.3) } },
  { op: 'Pad', opset: 7, shape: [2, 4], attributes: { pads: ints([0, 1, 0, 2]), mode: string('reflect') } },
  { op: 'Split', opset: 11, shape: [2, 5], attributes: { axis: int(1), split: ints([2, 3]) }, outputs: 2 },
  { op: 'Split', opset: 11, shape: [2, 6], attributes: { axis: int(1) }, outputs: 3 },
  { op: 'Split', opset: 13, shape: [2, 6], attributes: { axis: int(1) }, outputs: 2 },
  {
    op: 'Upsample',
    opset: 8,
    shape: [1, 2, 3, 3],
    attributes: { scales: floats([1, 1, 2, 3]), mode: string('nearest') },
  },
  {
    op: 'Upsample',
    opset: 9,
    shape: [1, 2, 3, 3],
    more: [float32([1, 1, 2, 2])],
    attributes: { mode: string('linear') },
  },
  { op: 'Upsample', opset: 9, shape: [1, 2, 3, 3], more: [float32([1, 1, 1.5, 2])] },
  { op: 'Resize', opset: 10, shape: [1, 2, 4, 6], more: [float32([1, 1, 2, 1.5])] },
  { op: 'Resize', opset: 10, shape: [1, 2, 4, 6], more: [float32([1, 1, 0.5, 0.5])] },
  {
    op: 'Resize',
    opset: 10,
    shape: [1, 2, 4, 6],
    more: [float32([1, 1, 2, 0.5])],
    attributes: { mode: string('linear') },
  },
  {
    op: 'BatchNormalization',
    opset: 8,
    shape: [2, 4, 3],
    more: [four, four, four, four],
    attributes: { spatial: int(1) },
  },
  { op: 'BatchNormalization', opset: 13, shape: [2, 4, 3], more: [four, four, four, four], outputs: 1 },
  { op: 'TopK', opset: 9, shape: [2, 5], attributes: { k: int(3) }, outputs: 2 },
  { op: 'AveragePool', opset: 7, shape: [1, 2, 6, 6], attributes: { kernel_shape: ints([2, 2]) } },
  {
    op: 'MaxPool',
    opset: 8,
    shape: [1, 2, 6, 6],
    attributes: { kernel_shape: ints([3, 3]), strides: ints([2, 2]) },
  },
];

function graphOf({ op, opset, shape, attributes = {}, more = [], outputs = 1 }: Old): Graph {
  const names = Array.from({ length: outputs }, (_, i) => `y${i}`);
  return {
    name: 'old',
    opsets: { '': opset },
    inputs: [{ name: 'x', type: 'float32', shape }],
    outputs: names.map((name) => ({ name, type: 'float32' })),
    nodes: [
      {
        op,
        domain: '',
        name: 'node',
        inputs: ['x', ...more.map((_, i) => `c${i}`)],
        outputs: names,
        attributes,
      },
    ],
    initializers: new Map(more.map((constant, i) => [`c${i}`, constant])),
    metadata: {},
  };
}

async function outputsOf(graph: Graph, shape: readonly number[]) {
  const random = seededRandom(shape.join());
  const program = await engine.compile(graph);
  const got = await program.run({
    x: float32(
      Float32Array.from({ length: sizeOf(shape) }, () => random.normal()),
      shape,
    ),
  });
  await program.dispose();
  return got;
}

describe('an old form', () => {
  it.each(olds.map((old) => [`${old.op} of opset ${old.opset} on [${old.shape}]`, old] as const))(
    'gives the same in opset 20: %s',
    async (_, old) => {
      const graph = graphOf(old);
      const expected = await outputsOf(graph, old.shape);
      for (const lengths of [new Map(), new Map([['x', old.shape]])]) {
        const modern = upgrade(graph, lengths);
        expect(modern.opsets['']).toBe(20);
        const got = await outputsOf(modern, old.shape);
        for (const [name, { shape, data }] of Object.entries(expected)) {
          expect(got[name]!.shape).toEqual(shape);
          for (const [i, value] of numbers(got[name]!).entries())
            expect(value).toBeCloseTo(Number(data[i]), 5);
        }
      }
    },
  );

  it('keeps a softmax as one node where its last axes have length 1', () => {
    const graph = graphOf({ op: 'Softmax', opset: 11, shape: [2, 3, 1, 1] });
    expect(upgrade(graph, new Map([['x', [2, 3, 1, 1]]])).nodes.map((n) => n.op)).toEqual(['Softmax']);
  });

  it('is refused before opset 7', () => {
    expect(() => upgrade(graphOf({ op: 'Add', opset: 6, shape: [1] }))).toThrow(
      "the model's opset is 6; 7 and later",
    );
  });

  it('is refused where its meaning is gone', () => {
    const old = graphOf({
      op: 'BatchNormalization',
      opset: 8,
      shape: [2, 4],
      attributes: { spatial: int(0) },
    });
    expect(() => upgrade(old)).toThrow("node 'node' (BatchNormalization) has spatial = 0");
  });

  it('later than opset 20 is left alone', () => {
    const graph = graphOf({ op: 'Relu', opset: 22, shape: [1] });
    expect(upgrade(graph)).toBe(graph);
  });
});
