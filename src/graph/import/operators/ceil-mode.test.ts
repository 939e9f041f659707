import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../base/random.js';
import { onnxRuntime } from '../../../engine/onnxruntime.js';
import { sizeOf } from '../../../tensor/tensor.js';
import { int, intOf, ints } from '../../attributes.js';
import { startGraph } from '../../builder.js';
import { float32, numbers } from '../../elements.js';
import type { Graph } from '../../graph.js';
import { needsWindows, padInsteadOfCeil } from './ceil-mode.js';

const engine = onnxRuntime('cpu', 1);
afterAll(() => engine.dispose());

const sample = [2, 3, 16, 13];

const pooling = (op: string, [kernel, stride, pad]: readonly number[], counted = false): Graph => {
  const b = startGraph('pooling');
  const y = b.emit(op, ['x'], {
    kernel_shape: ints([kernel!, kernel!]),
    strides: ints([stride!, stride!]),
    pads: ints([pad!, pad!, pad!, pad!]),
    ceil_mode: int(1),
    ...(counted && { count_include_pad: int(1) }),
  });
  return b.finish([{ name: 'x', type: 'float32', shape: sample }], [{ name: y, type: 'float32' }]);
};

async function run(graph: Graph) {
  const random = seededRandom('x');
  const x = float32(
    Float32Array.from({ length: sizeOf(sample) }, () => random.normal()),
    sample,
  );
  const program = await engine.compile(graph);
  const found = (await program.run({ x }))[graph.outputs[0]!.name]!;
  await program.dispose();
  return { x, found };
}

/**
 * Kernel, stride, padding: of windows that end where the input does, reach over its end, and begin behind it.
 */
const windows = [
  [2, 2, 0],
  [3, 2, 0],
  [3, 2, 1],
  [2, 3, 1],
  [3, 4, 1],
  [4, 4, 1],
  [1, 3, 0],
  [640, 640, 0],
  [40, 40, 3],
];

describe.each([
  ['MaxPool', false],
  ['AveragePool', false],
  ['AveragePool', true],
  ['LpPool', false],
] as const)('%s in ceil mode, padding counted: %s', (op, counted) => {
  it.each(windows)('of %i by steps of %i with %i around is the same without', async (...window) => {
    const graph = pooling(op, window, counted);
    const { x, found } = await run(graph);
    const lengths = new Map([x, found].map(({ shape }, i) => [needsWindows(graph)[i]!, shape]));
    const padded = padInsteadOfCeil(graph, lengths);
    const again = (await run(padded)).found;
    expect(again.shape).toEqual(found.shape);
    expect(numbers(again)).toEqual(numbers(found));
    // What a mean of declared padding alone would count is left to the mode.
    const [kernel, stride, pad] = window as [number, number, number];
    const over = (length: number, made: number) => (made - 1) * stride + kernel - length - 2 * pad > 0;
    const beyond = over(16, found.shape[2]!) || over(13, found.shape[3]!);
    expect(intOf(padded.nodes[0]!, 'ceil_mode', 0)).toBe(counted && beyond && pad > 0 ? 1 : 0);
  });
});

it('asks for nothing where no pooling is in ceil mode', () => {
  const graph = pooling('MaxPool', [2, 2, 0]);
  const nodes = graph.nodes.map((node) => ({
    ...node,
    attributes: { ...node.attributes, ceil_mode: int(0) },
  }));
  expect(needsWindows({ ...graph, nodes })).toEqual([]);
  expect(needsWindows(graph)).toHaveLength(2);
});
