import { afterAll, describe, expect, it } from 'vitest';
import { attribute } from '../../attribution/attribute.js';
import { seededRandom } from '../../base/random.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { float, int, ints } from '../../graph/attributes.js';
import { type Builder, startGraph } from '../../graph/builder.js';
import { float32, int64, scalar } from '../../graph/elements.js';
import { conv, network as networkOn, pooled, reshape, weights } from '../../testing/networks/six-by-six.js';
import { buildNetwork } from '../architectures/architecture.js';
import { architectures } from '../architectures/registry.js';
import { classifierOf } from '../load.js';
import { ask } from '../questions/ask.js';
import { layerOf } from './layer.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const network = (body: (b: Builder) => string) => networkOn(engine, body);
const silu = (b: Builder, x: string) => b.emit('Mul', [x, b.emit('Sigmoid', [x])], {}, 'activation');
/** A weight for each place of a map: their softmax. */
const shares = (b: Builder, x: string) => {
  const scores = reshape(b, b.emit('Conv', [x, weights(b, 1, 4, 1, 1)]), 0, 1, 36);
  return reshape(b, b.emit('Softmax', [scores], { axis: int(-1) }), 0, 1, 6, 6);
};
const layerNorm = (b: Builder, x: string, name?: string) =>
  b.emit('LayerNormalization', [x, weights(b, 4)], { axis: int(-1) }, name);

/** What 8 bits keep of a value. */
function rounded(b: Builder, value: string, name?: string): string {
  const grid = [b.constant(scalar(0.05)), b.constant({ type: 'int8', data: Int8Array.of(0), shape: [] })];
  return b.emit('DequantizeLinear', [b.emit('QuantizeLinear', [value, ...grid]), ...grid], {}, name);
}
const defaultPlace = async (body: (b: Builder) => string) => layerOf(await network(body), '');
const defaultLayer = async (body: (b: Builder) => string) => (await defaultPlace(body)).value;

describe('the default layer is the last on every path', () => {
  it('behind a normalisation of groups that is written with reshapes', async () => {
    const body = (b: Builder) => {
      const groups = reshape(b, conv(b), 0, 2, -1);
      const ones = b.constant(float32([1, 1], [2]));
      const normal = b.emit('InstanceNormalization', [groups, ones, b.constant(float32([0, 0], [2]))]);
      return pooled(b, silu(b, b.mul(reshape(b, normal, -1, 4, 6, 6), weights(b, 4, 1, 1))));
    };
    expect(await defaultLayer(body)).toBe('activation');
  });

  it('behind a normalisation with channels last that is turned back', async () => {
    const body = (b: Builder) => {
      const last = layerNorm(b, b.transpose(conv(b), [0, 2, 3, 1]));
      return pooled(b, silu(b, b.transpose(last, [0, 3, 1, 2])));
    };
    expect(await defaultLayer(body)).toBe('activation');
  });

  it.each<[string, (b: Builder, x: string) => string]>([
    ['powers', (b, x) => b.pow(x, 3)],
    ['exponentials', (b, x) => b.exp(b.pow(x, 2))],
    ['powers of what is kept positive', (b, x) => b.pow(b.emit('Clip', [x, b.constant(scalar(1e-6))]), 3)],
    ['powers of magnitudes', (b, x) => b.pow(b.add(b.emit('Abs', [x]), b.constant(scalar(1e-6))), 2)],
    ['weighted places', (b, x) => b.mul(x, shares(b, x))],
  ])('before %s of it that a pooling takes the mean of', async (_name, grown) => {
    const body = (b: Builder) => pooled(b, grown(b, silu(b, conv(b))));
    expect(await defaultLayer(body)).toBe('activation');
  });

  it.each<[string, (b: Builder, x: string) => string]>([
    ['powers', (b, x) => b.pow(x, 3)],
    ['powers of magnitudes', (b, x) => b.pow(rounded(b, b.emit('Abs', [x])), 2)],
    ['weighted places', (b, x) => b.mul(x, rounded(b, shares(b, x)))],
  ])('before %s of it that a pooling takes the mean of, each rounded', async (_name, grown) => {
    const body = (b: Builder) => pooled(b, rounded(b, grown(b, rounded(b, silu(b, conv(b)), 'map'))));
    expect(await defaultLayer(body)).toBe('map');
  });

  it('behind a normalisation over channels of a signal, whose average is no map', async () => {
    const b = startGraph('signal');
    const made = b.emit('Conv', ['x', weights(b, 4, 3, 3)]);
    const mean = b.emit('AveragePool', [b.unsqueeze(b.mul(made, made), [1])], {
      ...{ kernel_shape: ints([3, 1]), pads: ints([1, 0, 1, 0]) },
    });
    const normal = b.div(made, b.add(b.reshape(mean, [-1, 4, 14]), 1));
    const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
    b.alias(
      b.reduce('ReduceMean', b.emit('Relu', [normal], {}, 'activation'), [2], { keepdims: int(0) }),
      'y',
    );
    const graph = b.finish([value('x', ['N', 3, 16])], [value('y', ['N', 4])]);
    const model = await classifierOf(graph, 'net.onnx', { engine });
    expect(layerOf(model, '').value).toBe('activation');
  });

  it('before the joint projection of a block whose queries are normalised', async () => {
    const body = (b: Builder) => {
      const tokens = layerNorm(b, b.transpose(reshape(b, conv(b), 0, 4, 36), [0, 2, 1]), 'tokens');
      const [beside, q, k, v] = b.emitAll('Split', [b.emit('MatMul', [tokens, weights(b, 4, 16)])], 4, {
        ...{ axis: int(2), num_outputs: int(4) },
      }) as [string, string, string, string];
      const heads = (part: string) => reshape(b, part, 0, 36, 2, 2);
      const own = heads(q);
      const length = b.sqrt(b.add(b.reduce('ReduceMean', b.mul(own, own), [-1]), 1e-6));
      const queries = b.transpose(b.div(own, length), [0, 2, 1, 3]);
      const scores = b.emit('MatMul', [queries, b.transpose(heads(k), [0, 2, 3, 1])]);
      const shares = b.emit('Softmax', [scores], { axis: int(-1) });
      const mixed = b.emit('MatMul', [shares, b.transpose(heads(v), [0, 2, 1, 3])]);
      const seen = reshape(b, b.transpose(mixed, [0, 2, 1, 3]), 0, 36, 4);
      const first = b.emit('Gather', [b.add(seen, beside), b.constant(int64([0], []))], { axis: int(1) });
      return reshape(b, first, -1, 4);
    };
    expect(await defaultLayer(body)).toBe('tokens');
  });

  it('behind a squared rectifier, which is no power of a pooling', async () => {
    const body = (b: Builder) =>
      pooled(b, b.emit('Pow', [b.relu(conv(b)), b.constant(scalar(2))], {}, 'squared'));
    expect(await defaultLayer(body)).toBe('squared');
  });

  it('before tokens are weighed by place', async () => {
    const body = (b: Builder) => {
      const tokens = layerNorm(b, b.transpose(reshape(b, conv(b), 0, 4, 36), [0, 2, 1]), 'tokens');
      const scores = b.emit('MatMul', [tokens, weights(b, 4, 1)]);
      const weighed = b.mul(b.emit('Softmax', [scores], { axis: int(1) }), tokens);
      return b.emit('ReduceSum', [weighed, b.constant(int64([1]))], { keepdims: int(0) });
    };
    expect(await defaultLayer(body)).toBe('tokens');
  });

  it('beside a head that reads the length of the batch, and a branch of weights', async () => {
    const body = (b: Builder) => {
      const map = silu(b, conv(b));
      const shares = b.emit('Softmax', [reshape(b, b.emit('Conv', [map, weights(b, 1, 4, 1, 1)]), 0, 1, 36)]);
      const sums = reshape(
        b,
        b.emit('MatMul', [reshape(b, map, 0, 4, 36), b.transpose(shares, [0, 2, 1])]),
        0,
        4,
      );
      const length = b.emit('ReduceL2', [sums, b.constant(int64([1]))]);
      const batch = b.emit('Shape', ['x'], { end: int(1) });
      return b.div(
        sums,
        b.emit('Expand', [length, b.emit('Concat', [batch, b.constant(int64([4]))], { axis: int(0) })]),
      );
    };
    expect(await defaultLayer(body)).toBe('activation');
  });

  it('before the keys and values of an attention that pools with a learned query', async () => {
    const body = (b: Builder) => {
      const tokens = layerNorm(b, b.transpose(reshape(b, conv(b), 0, 4, 36), [0, 2, 1]), 'tokens');
      const both = reshape(
        b,
        b.add(b.emit('MatMul', [tokens, weights(b, 4, 8)]), weights(b, 8)),
        0,
        36,
        2,
        4,
      );
      const [keys, values] = [0, 1].map((i) =>
        b.emit('Gather', [both, b.constant(int64([i], []))], { axis: int(2) }),
      ) as [string, string];
      const scores = b.emit('MatMul', [weights(b, 1, 1, 4), b.transpose(keys, [0, 2, 1])]);
      return reshape(b, b.emit('MatMul', [b.emit('Softmax', [scores], { axis: int(-1) }), values]), -1, 4);
    };
    expect(await defaultLayer(body)).toBe('tokens');
  });

  it('before an attention of the class token alone, which stands before the patches', async () => {
    const body = (b: Builder) => {
      const patches = b.transpose(reshape(b, conv(b), 0, 4, 36), [0, 2, 1]);
      const shape = b.concat(
        [b.emit('Shape', [patches], { start: int(0), end: int(1) }), b.constant(int64([1, 4]))],
        0,
      );
      const joined = b.concat([b.emit('Expand', [weights(b, 1, 1, 4), shape]), patches], 1);
      const tokens = layerNorm(b, joined, 'tokens');
      const first = b.emit('Gather', [tokens, b.constant(int64([0]))], { axis: int(1) });
      const part = (x: string) => b.emit('MatMul', [x, weights(b, 4, 4)]);
      const scores = b.emit('MatMul', [part(first), b.transpose(part(tokens), [0, 2, 1])]);
      const seen = b.emit('MatMul', [b.emit('Softmax', [scores], { axis: int(-1) }), part(tokens)]);
      return reshape(b, seen, -1, 4);
    };
    expect(await defaultPlace(body)).toEqual({
      value: 'tokens',
      grid: { tokens: 37, first: 1, size: [6, 6] },
    });
  });

  it('behind values that are rounded', async () => {
    const body = (b: Builder) => {
      const grid = [b.constant(scalar(0.05)), b.constant({ type: 'int8', data: Int8Array.of(0), shape: [] })];
      const rounded = (x: string, name?: string) =>
        b.emit('DequantizeLinear', [b.emit('QuantizeLinear', [x, ...grid]), ...grid], {}, name);
      const activation = b.emit('LeakyRelu', [rounded(conv(b))], { alpha: float(0.1) });
      return pooled(b, rounded(activation, 'rounded'));
    };
    expect(await defaultLayer(body)).toBe('rounded');
  });
});

describe('no layer is chosen by default', () => {
  /** Layers that attend among mixtures of all places, whose own places nobody knows. */
  const attended = (count: number) => (b: Builder) => {
    let mixed = b.emit('Gemm', [b.emit('Flatten', [conv(b)]), weights(b, 144, 16)]);
    for (let i = 0; i < count; i++) {
      const tokens = reshape(b, mixed, -1, 4, 4);
      const seen = b.emit('Softmax', [b.emit('MatMul', [tokens, b.emit('Transpose', [tokens], swapped)])]);
      mixed = b.emit('Flatten', [b.emit('MatMul', [seen, tokens])]);
    }
    return b.emit('MatMul', [mixed, weights(b, 16, 4)]);
  };
  const swapped = { perm: { kind: 'ints' as const, value: [0, 2, 1] } };

  it('where several attention layers follow the last known places', async () => {
    await expect(defaultPlace(attended(3))).rejects.toThrow(/3 attention layers follow it/);
  });

  it('where two layers attend among tokens that stand before the batch', async () => {
    const body = (b: Builder) => {
      let tokens = b.transpose(reshape(b, conv(b), 0, 4, 36), [2, 0, 1]);
      for (let i = 0; i < 2; i++) {
        const part = () => {
          const heads = reshape(b, b.emit('MatMul', [tokens, weights(b, 4, 4)]), 36, -1, 2);
          return b.transpose(heads, [1, 0, 2]);
        };
        const scores = b.emit('MatMul', [part(), b.transpose(part(), [0, 2, 1])]);
        const seen = b.emit('MatMul', [b.emit('Softmax', [scores], { axis: int(-1) }), part()]);
        tokens = b.add(tokens, reshape(b, b.transpose(seen, [1, 0, 2]), 36, -1, 4));
      }
      return b.reduce('ReduceMean', tokens, [0], { keepdims: int(0) });
    };
    await expect(defaultPlace(body)).rejects.toThrow(/2 attention layers follow it/);
  });

  /** A head at a map, and one at a second map of it. */
  const twoHeads = (strides: number) => (b: Builder) => {
    const first = conv(b);
    const second = b.emit('Conv', [first, weights(b, 4, 4, 3, 3)], {
      strides: ints([strides, strides]),
      pads: ints([1, 1, 1, 1]),
    });
    return b.add(pooled(b, first), pooled(b, second));
  };

  it('where a head reads a coarser map that another leaves out', async () => {
    await expect(defaultPlace(twoHeads(2))).rejects.toThrow(
      /is the last layer on every path .* a coarser map/,
    );
    expect(await defaultLayer(twoHeads(1))).toMatch(/Conv/);
  });

  it('where a dilated convolution is one of parts, folded into the batch', async () => {
    const dilated = (b: Builder) => {
      const apart = b.emit('SpaceToDepth', [b.transpose(conv(b), [1, 0, 2, 3])], { blocksize: int(2) });
      const convolved = b.emit('Conv', [b.transpose(apart, [1, 0, 2, 3]), weights(b, 4, 4, 1, 1)]);
      const joined = b.emit('DepthToSpace', [b.transpose(convolved, [1, 0, 2, 3])], { blocksize: int(2) });
      return b.reduce('ReduceMean', b.transpose(joined, [1, 2, 3, 0]), [1, 2], { keepdims: int(0) });
    };
    await expect(defaultPlace(dilated)).rejects.toThrow('reads 4 parts of it, folded into the batch; give');
  });

  it('where the maps are of tiles, folded into the batch', async () => {
    const body = (b: Builder) => {
      const halves = b.transpose(reshape(b, 'x', -1, 3, 2, 3, 6), [0, 2, 1, 3, 4]);
      const maps = b.emit('Conv', [reshape(b, halves, -1, 3, 3, 6), weights(b, 4, 3, 1, 1)]);
      return b.reduce('ReduceMean', reshape(b, pooled(b, maps), -1, 2, 4), [1], { keepdims: int(0) });
    };
    await expect(defaultPlace(body)).rejects.toThrow('its maps are of 2 parts of it, folded into the batch');
  });

  it('but the routing of capsules attends to nothing', async () => {
    const routed = (b: Builder) => {
      const votes = reshape(b, b.emit('Flatten', [conv(b)]), -1, 12, 3, 4);
      let agreed = b.emit('ReduceSum', [votes, b.constant(int64([3]))], { keepdims: int(0) });
      for (let i = 0; i < 3; i++) {
        const share = reshape(b, b.emit('Softmax', [agreed]), -1, 12, 3, 1);
        agreed = b.emit('ReduceSum', [b.mul(votes, share), b.constant(int64([3]))], { keepdims: int(0) });
      }
      return b.emit('MatMul', [b.emit('Flatten', [agreed]), weights(b, 36, 4)]);
    };
    expect(await defaultLayer(routed)).toMatch(/Conv/);
  });

  it('but a head may attend twice', async () => {
    expect(await defaultLayer(attended(2))).toMatch(/Conv/);
  });
});

it('is refused where branches end in maps of their own, and padding makes no map', async () => {
  const branch = (b: Builder, from: string) => pooled(b, b.emit('Conv', [from, weights(b, 4, 3, 1, 1)]));
  const turned = (b: Builder) => b.emit('Mul', ['x', weights(b, 3, 1, 1)]);
  await expect(defaultPlace((b) => b.add(branch(b, 'x'), branch(b, turned(b))))).rejects.toThrow(
    /^no map lies on every path to the output: 2 branches end in maps of their own \('.*', '.*'\); give option 'layer'/,
  );
  const many = (count: number) => (b: Builder) =>
    Array.from({ length: count }, () => branch(b, turned(b))).reduce((sum, one) => b.add(sum, one));
  await expect(defaultPlace(many(3))).rejects.toThrow(/: 3 branches .* \(('[^']+', ){2}'[^']+'\);/);
  await expect(defaultPlace(many(9))).rejects.toThrow(
    /: 9 branches .* \(('[^']+', ){5}'[^']+' and 3 more\);/,
  );
  const flat = (b: Builder) => {
    const padded = b.emit('Pad', ['x', b.constant(int64([0, 0, 1, 1, 0, 0, 1, 1]))]);
    return b.emit('MatMul', [b.emit('Flatten', [padded]), weights(b, 192, 4)]);
  };
  await expect(defaultPlace(flat)).rejects.toThrow('the model has no map');
});

it('is the map before the padding of a convolution that leaves one position', async () => {
  const body = (b: Builder) => {
    const relu = b.emit('Relu', [b.emit('Conv', ['x', weights(b, 4, 3, 3, 3)])], {}, 'rectified');
    const last = b.emit('Transpose', [relu], { perm: ints([0, 2, 3, 1]) }, 'last');
    const padded = b.emit('Pad', [last, b.constant(int64([0, 0, 0, 0, 0, 1, 1, 0]))]);
    return pooled(b, b.emit('Conv', [b.transpose(padded, [0, 3, 1, 2]), weights(b, 4, 4, 5, 5)]));
  };
  expect((await defaultPlace(body)).value).toBe('last');
});

it('is the bottleneck of a segmentation network that is asked about a region', async () => {
  const graph = buildNetwork(architectures.unet, [1, 16, 16], 2, { width: 4 }, seededRandom(1));
  const target = 'region:1@predicted';
  const loading = { engine, target, layout: 'NCHW', normalisation: 'zero-one' } as const;
  const model = await classifierOf(graph, 'unet.onnx', loading);
  const mask = { data: new Float32Array(256).fill(1), shape: [16, 16] };
  const input = { data: new Float32Array(256), shape: [1, 1, 16, 16] };
  const asked = await ask(model, { kind: 'region', of: '1', at: mask }, input);
  expect(layerOf(asked.model, '').value).toBe('stage3.pool');
});

it('may be tokens of the patches of a volume, on its own grid', async () => {
  const b = startGraph('volume');
  const cut = b.emit('Conv', ['x', weights(b, 4, 1, 2, 3, 2)], { strides: ints([2, 3, 2]) });
  b.emit('Relu', [b.transpose(reshape(b, cut, 0, 4, 16), [0, 2, 1])], {}, 'tokens');
  b.emit('MatMul', [b.reduce('ReduceMean', 'tokens', [1], { keepdims: int(0) }), weights(b, 4, 2)], {}, 'y');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  const graph = b.finish([value('x', ['N', 1, 4, 12, 4])], [value('y', ['N', 2])]);
  const model = await classifierOf(graph, 'net.onnx', { engine });
  expect(layerOf(model, '')).toEqual({ value: 'tokens', grid: { tokens: 16, first: 0, size: [2, 4, 2] } });
  // What a patch shows is highest where it lies.
  const input = { data: new Float32Array(192), shape: [1, 1, 4, 12, 4] };
  input.data.fill(1, 2 * 48 + 9 * 4 + 2, 2 * 48 + 9 * 4 + 4);
  const { map } = await attribute(model, 'eigencam', input, [0], { upsample: 'none' });
  expect(map.shape).toEqual([1, 1, 2, 4, 2]);
  const sizes = [...map.data].map(Math.abs);
  expect(sizes.indexOf(Math.max(...sizes))).toBe(15);
});

it('tokens of a volume are refused by the shape of the input', async () => {
  const b = startGraph('volume');
  b.emit('Relu', [b.emit('MatMul', [reshape(b, 'x', -1, 8, 8), weights(b, 8, 4)])], {}, 'tokens');
  b.emit('MatMul', [b.reduce('ReduceMean', 'tokens', [1], { keepdims: int(0) }), weights(b, 4, 2)], {}, 'y');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  const graph = b.finish([value('x', ['N', 1, 8, 4, 2])], [value('y', ['N', 2])]);
  const model = await classifierOf(graph, 'net.onnx', { engine });
  expect(() => layerOf(model, 'tokens')).toThrow(
    /8 tokens of the input \[N,1,8,4,2\] fit no grid .* films, and of volumes whose patches the network does not tell, .* take a method/,
  );
});
