import { afterAll, expect, it } from 'vitest';
import { attribute } from '../../../attribution/attribute.js';
import { onnxRuntime } from '../../../engine/onnxruntime.js';
import { classifierOf } from '../../../model/load.js';
import { normalFrom } from '../../../testing/normal.js';
import { int, ints } from '../../attributes.js';
import { type Builder, startGraph } from '../../builder.js';
import { int64 } from '../../elements.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const normal = normalFrom('flips');
const weights = normal(20, 3);

/** The length of a value's axis, for each index of another, as tf2onnx writes it. */
function lengthsOf(b: Builder, value: string, axis: number, across: number) {
  const at = (index: number) => b.emit('Gather', [b.emit('Shape', [value]), b.constant(int64([index]))]);
  return b.emit('Expand', [at(axis), at(across)]);
}

const network = (turned: (b: Builder) => string, batch: number | string = 'N') => {
  const b = startGraph('net');
  const flat = b.emit('Flatten', [b.emit('Tanh', [turned(b)])]);
  b.emit('MatMul', [flat, b.constant(weights)], {}, 'y');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  return b.finish([value('x', [batch, 4, 5, 1])], [value('y', [batch, 3])]);
};

/** The image with the axis first, reversed, and turned back. */
const reversed = (axis: number) => (b: Builder) => {
  const perm = axis === 1 ? [1, 0, 2, 3] : [2, 1, 0, 3];
  const turn = (value: string) => b.emit('Transpose', [value], { perm: ints(perm) });
  const first = turn('x');
  return turn(
    b.emit('ReverseSequence', [first, lengthsOf(b, first, 0, 1)], { time_axis: int(0), batch_axis: int(1) }),
  );
};
const sliced = (axis: number) => (b: Builder) => {
  const [start, end, at, step] = [-1, -1000, axis, -1].map((number) => b.constant(int64([number])));
  return b.emit('Slice', ['x', start!, end!, at!, step!]);
};

it.each([
  ['down', 1, 'N'],
  ['across', 2, 'N'],
  ['down, at a fixed batch', 1, 1],
])('an image that is reversed %s is followed as a slice backwards is', async (_, axis, batch) => {
  const { data } = normal(2, 4, 5, 1);
  const input = { data: data as Float32Array, shape: [2, 4, 5, 1] };
  const mapOf = async (turned: (b: Builder) => string) => {
    const model = await classifierOf(network(turned, batch), 'net', { engine });
    return (await attribute(model, 'gradient', input, [1, 2])).map.data;
  };
  expect([...(await mapOf(reversed(axis)))]).toEqual([...(await mapOf(sliced(axis)))]);
});

it('sequences that are reversed in part are refused by name', async () => {
  const partly = (b: Builder) => {
    const first = b.emit('Transpose', ['x'], { perm: ints([2, 1, 0, 3]) });
    return b.emit('ReverseSequence', [first, b.constant(int64([5, 5, 5, 3]))], {
      ...{ time_axis: int(0), batch_axis: int(1) },
    });
  };
  const model = await classifierOf(
    network((b) => b.emit('Transpose', [partly(b)], { perm: ints([2, 1, 0, 3]) })),
    'net',
    { engine },
  );
  const input = { data: new Float32Array(20).fill(1), shape: [1, 4, 5, 1] };
  await expect(attribute(model, 'gradient', input, [0])).rejects.toThrow("operator 'ReverseSequence'");
});
