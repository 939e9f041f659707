import { afterAll, describe, expect, it } from 'vitest';
import { startGraph } from '../../../graph/builder.js';
import { float32, numbers } from '../../../graph/elements.js';
import type { Node } from '../../../graph/graph.js';
import { rewriteNodes } from '../../../graph/rewrite.js';
import { runOnce } from '../../../testing/run-once.js';
import { onnxRuntime } from '../../onnxruntime.js';
import type { Selection } from './selections.js';
import { type WeightLayout, weightLayoutOf, weightsInBlocks } from './weights.js';

const engine = onnxRuntime();
const run = runOnce(engine);
afterAll(() => engine.dispose());

type Shape = readonly [outputs: number, inputs: number, rows: number, columns: number];

/** ONNX Runtime's layout, written value by value. */
function literal(
  weights: readonly number[],
  [outputs, inputs, rows, columns]: Shape,
  block: number,
): number[] {
  const taps = rows * columns;
  const inner = inputs < block ? 1 : block;
  const blocks = Array(weights.length).fill(0);
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) {
      for (let k = 0; k < taps; k++) {
        const [down, across] = [Math.floor(o / block), Math.floor(i / inner)];
        const place = ((down * (inputs / inner) + across) * taps + k) * inner + (i % inner);
        blocks[place * block + (o % block)] = weights[(o * inputs + i) * taps + k];
      }
    }
  }
  return blocks;
}

/** Runs the nodes of each layout on bases that hold 0, 1, 2, .. */
async function carriedOut(plans: readonly WeightLayout[], block: number, size: number) {
  const b = startGraph('weights');
  const outputs = plans.map((_, i) => b.alias('w', `y${i}`));
  const value = (name: string) => ({ name, type: 'float32' as const });
  const ops: string[] = [];
  const rows = new Map<string, string>();
  const graph = rewriteNodes(b.finish([value('w')], outputs.map(value)), (node, edit) => {
    const nodes: Node[] = [];
    const plan = plans[outputs.indexOf(node.outputs[0]!)]!;
    const blocks = weightsInBlocks(plan, block, rows, nodes, edit);
    ops.push(...nodes.map(({ op }) => op));
    return [...nodes, { ...node, inputs: [blocks] }];
  });
  const values = await run(graph, { w: float32(upTo(size)) });
  return { ops: ops.join(' '), values: outputs.map((name) => values[name]!) };
}

const upTo = (length: number) => Array.from({ length }, (_, i) => i);
const sizeOf = (shape: Shape) => shape.reduce((n, length) => n * length, 1);
const itself = (shape: Shape): Selection => ({ value: 'w', base: 'w', size: sizeOf(shape), shape });

async function expectLiteral(selection: Selection, block: number) {
  const plan = weightLayoutOf(selection, block)!;
  const { values, ops } = await carriedOut([plan], block, selection.size);
  const shape = selection.shape as Shape;
  const weights = Array.from(selection.index ?? upTo(selection.size));
  expect(values[0]!.shape).toEqual(shape);
  expect(numbers(values[0]!)).toEqual(literal(weights, shape, block));
  return ops;
}

describe.each([8, 16])('weights in blocks of %i match the definition', (block) => {
  it.each<readonly [string, Shape]>([
    ['1x1 kernels', [2 * block, 3 * block, 1, 1]],
    ['1x1 kernels of one block', [block, block, 1, 1]],
    ['3x3 kernels', [2 * block, 3 * block, 3, 3]],
    ['uneven kernels', [2 * block, block, 3, 2]],
    ['few input channels', [2 * block, 3, 3, 3]],
    ['one input channel less than a block has', [block, block - 1, 1, 1]],
    ['one kernel for each channel', [3 * block, 1, 3, 3]],
    ['one value for each channel', [3 * block, 1, 1, 1]],
  ])('%s', async (_, shape) => {
    await expectLiteral(itself(shape), block);
  });

  it('reads flipped weights with swapped channels directly from the base', async () => {
    const [outputs, inputs, taps] = [block, 2 * block, 9];
    const index = Int32Array.from({ length: outputs * inputs * taps }, (_, at) => {
      const [i, o, k] = [Math.floor(at / taps / outputs), Math.floor(at / taps) % outputs, at % taps];
      return (o * inputs + i) * taps + taps - 1 - k;
    });
    const turned = { ...itself([inputs, outputs, 3, 3]), value: 'turned', index };
    expect(weightLayoutOf(turned, block)).toMatchObject({ base: 'w', step: taps });
    await expectLiteral(turned, block);
  });

  it('reads a subset of the taps from the base', async () => {
    const [outputs, inputs] = [2 * block, block];
    const index = Int32Array.from(
      { length: outputs * inputs * 4 },
      (_, at) => Math.floor(at / 4) * 9 + [0, 2, 6, 8][at % 4]!,
    );
    const size = outputs * inputs * 9;
    const corners: Selection = { value: 'corners', base: 'w', size, shape: [outputs, inputs, 2, 2], index };
    expect(weightLayoutOf(corners, block)?.base).toBe('w');
    await expectLiteral(corners, block);
  });
});

it('skips the gather when the rows are in order', async () => {
  expect(await expectLiteral(itself([16, 1, 1, 1]), 16)).toBe('Reshape Reshape');
  expect(await expectLiteral(itself([16, 16, 1, 1]), 16)).toBe('Reshape Transpose Reshape Reshape');
});

it('shares the transpose between two layouts of a base', async () => {
  const shape = [32, 16, 3, 3] as const;
  const plain = weightLayoutOf(itself(shape), 16)!;
  const { values, ops } = await carriedOut([plain, plain], 16, sizeOf(shape));
  for (const value of values) expect(numbers(value)).toEqual(literal(upTo(sizeOf(shape)), shape, 16));
  expect(ops.match(/Transpose/g)).toHaveLength(1);
});

it.each<readonly [string, (at: number) => number]>([
  ['randomly permuted values', (at) => (at * 37) % 256],
  ['two swapped channels', (at) => ([0, 1, 3, 2][at >> 4] ?? at >> 4) * 16 + (at % 16)],
])('uses the weights themselves as base: %s', (_, place) => {
  const index = Int32Array.from({ length: 256 }, (_, at) => place(at));
  expect(weightLayoutOf({ ...itself([16, 16, 1, 1]), value: 'made', index }, 16)?.base).toBe('made');
});

it('uses the weights as base when they straddle its blocks', () => {
  const index = Int32Array.from({ length: 256 }, (_, at) => at + 16);
  const made: Selection = { value: 'made', base: 'w', size: 512, shape: [16, 16, 1, 1], index };
  expect(weightLayoutOf(made, 16)?.base).toBe('made');
});

it('has no layout for channels that do not fill blocks', () => {
  for (const shape of [
    [20, 16, 3, 3],
    [16, 20, 3, 3],
    [8, 3, 3, 3],
  ] as const) {
    expect(weightLayoutOf(itself(shape), 16)).toBeUndefined();
  }
});

it('has no layout for weights without two spatial axes', () => {
  for (const shape of [
    [16, 16],
    [16, 16, 3],
    [16, 16, 3, 3, 3],
  ]) {
    expect(
      weightLayoutOf({ value: 'w', base: 'w', size: shape.reduce((a, b) => a * b), shape }, 16),
    ).toBeUndefined();
  }
});
