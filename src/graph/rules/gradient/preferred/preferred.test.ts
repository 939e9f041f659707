import { afterAll, describe, expect, it } from 'vitest';
import { onnxRuntime } from '../../../../engine/onnxruntime.js';
import type { Array64 } from '../../../../testing/reference/arrays.js';
import { type Case, cases, titleOf } from '../../../../testing/reference/cases/index.js';
import { prepare, withGradients } from '../../../../testing/reference/prepare.js';
import { int, ints } from '../../../attributes.js';
import { float32, numbers } from '../../../elements.js';
import type { Graph } from '../../../graph.js';
import { preferred } from './index.js';

const onnx = onnxRuntime();
afterAll(() => onnx.dispose());

const window = (kernel: number, stride: number, pad: number) => ({
  kernel_shape: ints([kernel, kernel]),
  strides: ints([stride, stride]),
  pads: ints([pad, pad, pad, pad]),
});

/** What the cases of all operators have none of. */
const more: readonly Case[] = [
  { op: 'Relu', inputs: [['N', 16, 3, 3]] },
  {
    op: 'Conv',
    inputs: [
      ['N', 4, 7, 6],
      [4, 1, 3, 3],
    ],
    attributes: { ...window(3, 2, 1), group: int(4) },
  },
  ...(['5 2 1', '5 3 0', '2 2 0', '1 2 0', '4 3 2'] as const).map((geometry): Case => {
    const [kernel, stride, pad] = geometry.split(' ').map(Number) as [number, number, number];
    return {
      op: 'Conv',
      inputs: [
        ['N', 16, 8, 9],
        [16, 1, kernel, kernel],
      ],
      attributes: { ...window(kernel, stride, pad), group: int(16) },
    };
  }),
  {
    op: 'Conv',
    inputs: [
      ['N', 3, 7, 7],
      [4, 3, 3, 3],
    ],
    attributes: window(3, 2, 1),
  },
  {
    op: 'Conv',
    inputs: [
      ['N', 9, 5, 5],
      [2, 9, 3, 3],
    ],
    attributes: window(3, 2, 1),
  },
  { op: 'MaxPool', inputs: [['N', 2, 6, 6]], attributes: window(3, 2, 1) },
];

const single = ({ data, shape }: Array64) => float32(Float32Array.from(data), shape);

/** All outputs of a graph one behind the other. */
async function outputsOf(graph: Graph, feeds: Readonly<Record<string, Array64>>): Promise<number[]> {
  const program = await onnx.compile(graph);
  const got = await program.run(Object.fromEntries(Object.entries(feeds).map(([k, v]) => [k, single(v)])));
  await program.dispose();
  return graph.outputs.flatMap(({ name }) => numbers(got[name]!));
}

describe.each(Object.entries(preferred))(
  'what %s prefers gives the gradient of the plain rule',
  (engine, rules) => {
    const own = [...cases, ...more].filter(({ op }) => op in rules);
    const differing = new Set<string>();

    it.each(own.map((one) => [titleOf(one), one] as const))('%s', async (_, one) => {
      const prepared = prepare(one);
      const feeds = { ...prepared.feeds };
      for (const [name, seed] of Object.entries(prepared.seeds)) feeds[`s.${name}`] = seed;
      const [plain, fast] = [withGradients(prepared).graph, withGradients(prepared, engine).graph];
      if (plain.nodes.map(({ op }) => op).join() !== fast.nodes.map(({ op }) => op).join())
        differing.add(one.op);
      const expected = await outputsOf(plain, feeds);
      const got = await outputsOf(fast, feeds);
      const size = Math.max(...expected.map(Math.abs));
      for (const [i, value] of expected.entries()) {
        expect(Math.abs(got[i]! - value)).toBeLessThanOrEqual(1e-5 * size);
      }
    });

    it('in another form', () => {
      expect([...differing].sort()).toEqual(Object.keys(rules).sort());
    });
  },
);
