import { afterAll, describe, expect, it } from 'vitest';
import { onnxRuntime } from '../../../engine/onnxruntime.js';
import type { Attributes } from '../../attributes.js';
import { int } from '../../attributes.js';
import { backward } from '../../backward.js';
import { extend, startGraph } from '../../builder.js';
import { float32, numbers, scalar } from '../../elements.js';
import type { Constant } from '../../graph.js';
import { gradientRuleOf } from './index.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const zero = (type: 'int8' | 'uint8', values: readonly number[], shape: readonly number[]): Constant => ({
  type,
  data: type === 'int8' ? Int8Array.from(values) : Uint8Array.from(values),
  shape,
});

/** The gradient at `x` `[1, 2, 3]` of the sum of seed x dequantise(quantise(x)). */
async function through(
  x: readonly number[],
  scale: Constant,
  offset: Constant,
  attributes: Attributes = {},
  bounds: readonly Constant[] = [],
) {
  const b = startGraph('quantised');
  const [s, z] = [b.constant(scale, 's'), b.constant(offset, 'z')];
  const q = b.emit('QuantizeLinear', ['x', s, z], attributes, 'q');
  const ends = bounds.map((bound, i) => b.constant(bound, `bound ${i}`));
  const cut = bounds.length > 0 ? b.emit('Clip', [q, ...ends], {}, 'cut') : q;
  const y = b.emit('DequantizeLinear', [cut, s, z], attributes, 'y');
  const value = (name: string) => ({ name, type: 'float32' as const, shape: [1, 2, 3] });
  const graph = b.finish([value('x')], [value(y)]);
  const shape = (type: string) => ({ dims: [1, 2, 3], type });
  const builder = extend(graph);
  const found = backward(graph, builder, {
    seeds: { y: 'seed' },
    wrt: ['x'],
    ruleFor: gradientRuleOf,
    method: 'gradient',
    shapes: new Map([
      ['x', shape('float32')],
      ['q', shape(offset.type)],
      ['cut', shape(offset.type)],
      ...ends.map((end) => [end, { dims: [], type: offset.type }] as const),
      ['y', shape('float32')],
      ['s', { dims: scale.shape, type: 'float32' }],
      ['z', { dims: offset.shape, type: offset.type }],
    ]),
  });
  const program = await engine.compile(
    builder.finish([value('x'), value('seed')], [{ name: builder.alias(found.x!, 'd'), type: 'float32' }]),
  );
  const got = await program.run({
    x: float32(x, [1, 2, 3]),
    seed: float32([1, 2, 3, 4, 5, 6], [1, 2, 3]),
  });
  await program.dispose();
  return numbers(got.d!);
}

describe('quantising and dequantising', () => {
  it('hands the gradient on within the range, as torch.fake_quantize does', async () => {
    const ends = [-12.9, -12.83, -12.7, 12.74, 12.76, 0.02];
    expect(await through(ends, scalar(0.1), zero('int8', [0], []))).toEqual([0, 2, 3, 4, 0, 6]);
  });

  it('knows unsigned numbers and their zero', async () => {
    const x = [-1.1, -1, 1.5, 1.56, -0.4, 9];
    expect(await through(x, scalar(0.01), zero('uint8', [100], []))).toEqual([0, 2, 3, 0, 5, 0]);
  });

  it('hands it on at the bounds of a narrower range, as torch.fake_quantize does', async () => {
    const bounds = [-4, 7].map((end) => zero('int8', [end], []));
    const x = [-0.46, -0.44, -0.4, 0.7, 0.74, 0.76];
    expect(await through(x, scalar(0.1), zero('int8', [0], []), {}, bounds)).toEqual([0, 2, 3, 4, 5, 0]);
    const seven = [0, 127].map((end) => zero('uint8', [end], []));
    const wide = [-0.06, -0.04, 5, 12.7, 12.74, 12.76];
    expect(await through(wide, scalar(0.1), zero('uint8', [0], []), {}, seven)).toEqual([0, 2, 3, 4, 5, 0]);
  });

  it('takes a scale for each channel', async () => {
    const got = await through([1, 100, -130, 1, 2, -130], float32([1, 0.01]), zero('int8', [0, 0], [2]), {
      axis: int(1),
    });
    const expected = [1, 2, 0, 4, 0, 0];
    for (const [i, value] of expected.entries()) expect(got[i]).toBeCloseTo(value, 6);
  });
});
