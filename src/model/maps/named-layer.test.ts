import { afterAll, describe, expect, it } from 'vitest';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { int, ints } from '../../graph/attributes.js';
import type { Builder } from '../../graph/builder.js';
import { int64, scalar } from '../../graph/elements.js';
import { conv, network as networkOn, pooled, reshape, weights } from '../../testing/networks/six-by-six.js';
import { layerOf } from './layer.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const network = (body: (b: Builder) => string) => networkOn(engine, body);

describe('a named layer', () => {
  /** Attention of two heads over 36 tokens of four numbers. */
  const attention = (b: Builder) => {
    const tokens = b.transpose(reshape(b, conv(b), 0, 4, 36), [0, 2, 1]);
    const heads = (name: string) => {
      const part = reshape(b, b.emit('MatMul', [tokens, weights(b, 4, 4)]), 0, 36, 2, 2);
      return b.emit('Transpose', [part], { perm: ints([0, 2, 1, 3]) }, name);
    };
    const [queries, values] = [heads('queries'), heads('values')];
    const keys = b.transpose(heads('keys'), [0, 1, 3, 2]);
    const scores = b.emit(
      'Mul',
      [b.emit('MatMul', [queries, keys], {}, 'products'), b.constant(scalar(0.7))],
      {},
      'scores',
    );
    const seen = b.emit('Softmax', [scores], { axis: int(-1) }, 'seen');
    const mixed = b.emit('MatMul', [seen, values], {}, 'context');
    const out = reshape(b, b.transpose(mixed, [0, 2, 1, 3]), 0, 36, 4);
    const added = b.emit('Add', [tokens, out], {}, 'tokens');
    return b.emit('ReduceMean', [added, b.constant(int64([1]))], { keepdims: int(0) });
  };

  it.each(['queries', 'values', 'products', 'scores', 'seen', 'context'])(
    'is refused inside an attention: %s',
    async (name) => {
      const model = await network(attention);
      expect(() => layerOf(model, name)).toThrow(/lies inside an attention, where axes are heads and tokens/);
    },
  );

  it('is not the input', async () => {
    const model = await network((b) => pooled(b, conv(b)));
    expect(() => layerOf(model, 'x')).toThrow("layer 'x' is the model's input");
  });

  it('has more than one position', async () => {
    const model = await network((b) => {
      const mean = b.emit('GlobalAveragePool', [conv(b)], {}, 'mean');
      return b.emit('Flatten', [mean]);
    });
    expect(() => layerOf(model, 'mean')).toThrow(/layer 'mean' \[1,\d+,1,1\] has one position/);
  });

  it('may be the tokens that come out of one', async () => {
    expect(layerOf(await network(attention), 'tokens').value).toBe('tokens');
  });
});
