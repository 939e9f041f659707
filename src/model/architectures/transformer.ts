import { float, int, ints } from '../../graph/attributes.js';
import { int64, scalar } from '../../graph/elements.js';
import type { Feature, Net } from './architecture.js';
import { add, filled, normal } from './layers.js';

const emit = (net: Net, name: string, op: string, inputs: readonly string[], attributes = {}) =>
  net.builder.emit(op, inputs, attributes, name);

/** Embeds patches as tokens in row-major order, `[C, H, W]` to `[patches, width]`. */
export function patchTokens(net: Net, name: string, x: Feature, patch: number, width: number): Feature {
  const [channels, height, columns] = x.shape as [number, number, number];
  const fan = channels * patch * patch;
  const weight = normal(net, `${name}.weight`, [width, channels, patch, patch], Math.sqrt(1 / fan));
  const bias = filled(net, `${name}.bias`, width, 0);
  const map = emit(net, name, 'Conv', [x.value, weight, bias], {
    kernel_shape: ints([patch, patch]),
    strides: ints([patch, patch]),
  });
  const shape = [width, Math.floor(height / patch), Math.floor(columns / patch)];
  return asTokens(net, name, { value: map, shape });
}

/** The positions of maps as tokens in row-major order, `[width, H, W]` to `[H * W, width]`. */
export function asTokens(net: Net, name: string, { value: map, shape }: Feature): Feature {
  const [width, height, columns] = shape as [number, number, number];
  const flat = emit(net, `${name}.flat`, 'Reshape', [map, net.builder.constant(int64([0, width, -1]))]);
  const value = emit(net, `${name}.tokens`, 'Transpose', [flat], { perm: ints([0, 2, 1]) });
  return { value, shape: [height * columns, width] };
}

/** Prepends a learned class token. */
export function classToken(net: Net, name: string, x: Feature): Feature {
  const [tokens, width] = x.shape as [number, number];
  const token = normal(net, `${name}.weight`, [1, 1, width], 0.02);
  const count = emit(net, `${name}.count`, 'Shape', [x.value], { start: int(0), end: int(1) });
  const one = net.builder.constant(int64([1, width]));
  const shape = emit(net, `${name}.shape`, 'Concat', [count, one], { axis: int(0) });
  const first = emit(net, `${name}.expanded`, 'Expand', [token, shape]);
  return {
    value: emit(net, name, 'Concat', [first, x.value], { axis: int(1) }),
    shape: [tokens + 1, width],
  };
}

/** Adds a learned position embedding. */
export function positions(net: Net, name: string, x: Feature): Feature {
  const embedding = normal(net, `${name}.weight`, [1, ...x.shape], 0.02);
  return { ...x, value: emit(net, name, 'Add', [x.value, embedding]) };
}

/**
 * Layer normalisation over the last axis (Ba, Kiros, Hinton 2016, arXiv:1607.06450); the
 * last argument names its two parameters.
 */
export function layerNorm(
  net: Net,
  name: string,
  x: Feature,
  [scale, shift]: readonly [string, string] = ['scale', 'shift'],
): Feature {
  const width = x.shape.at(-1)!;
  const parameters = [filled(net, `${name}.${scale}`, width, 1), filled(net, `${name}.${shift}`, width, 0)];
  const inputs = [x.value, ...parameters];
  const attributes = { axis: int(-1), epsilon: float(1e-6) };
  return { ...x, value: emit(net, name, 'LayerNormalization', inputs, attributes) };
}

/** A fully connected layer `W x + b` on each token. */
export function tokenwise(net: Net, name: string, x: Feature, units: number): Feature {
  const [tokens, width] = x.shape as [number, number];
  const weight = normal(net, `${name}.weight`, [width, units], Math.sqrt(2 / (width + units)));
  const product = emit(net, `${name}.product`, 'MatMul', [x.value, weight]);
  const bias = filled(net, `${name}.bias`, units, 0);
  return { value: emit(net, name, 'Add', [product, bias]), shape: [tokens, units] };
}

/**
 * Multi-head self-attention, softmax(q k' / sqrt(d)) v in each head (Vaswani et al. 2017, arXiv:1706.03762).
 */
export function selfAttention(net: Net, name: string, x: Feature, heads: number): Feature {
  const [tokens, width] = x.shape as [number, number];
  const apart = (part: string, perm: readonly number[]) => {
    const { value } = tokenwise(net, `${name}.${part}`, x, width);
    const shape = net.builder.constant(int64([0, tokens, heads, width / heads]));
    const split = emit(net, `${name}.${part}.split`, 'Reshape', [value, shape]);
    return emit(net, `${name}.${part}.heads`, 'Transpose', [split], { perm: ints(perm) });
  };
  const [q, k, v] = [apart('q', [0, 2, 1, 3]), apart('k', [0, 2, 3, 1]), apart('v', [0, 2, 1, 3])];
  const scale = net.builder.constant(scalar(Math.sqrt(heads / width)));
  const scores = emit(net, `${name}.scores`, 'Mul', [emit(net, `${name}.qk`, 'MatMul', [q, k]), scale]);
  const weights = emit(net, `${name}.softmax`, 'Softmax', [scores], { axis: int(-1) });
  const mixed = emit(net, `${name}.mixed`, 'MatMul', [weights, v]);
  const turned = emit(net, `${name}.turned`, 'Transpose', [mixed], { perm: ints([0, 2, 1, 3]) });
  const whole = net.builder.constant(int64([0, tokens, width]));
  const joined = emit(net, `${name}.joined`, 'Reshape', [turned, whole]);
  return tokenwise(net, `${name}.out`, { value: joined, shape: [tokens, width] }, width);
}

/**
 * An encoder block: self-attention, then a two-layer perceptron on each token. Each part has a
 * LayerNormalization before it and a residual connection.
 */
export function encoderBlock(net: Net, name: string, x: Feature, heads: number): Feature {
  const width = x.shape[1]!;
  const attended = selfAttention(net, `${name}.attention`, layerNorm(net, `${name}.norm1`, x), heads);
  const middle = add(net, `${name}.add1`, x, attended);
  const hidden = tokenwise(net, `${name}.mlp1`, layerNorm(net, `${name}.norm2`, middle), 4 * width);
  const active = gelu(net, `${name}.gelu`, hidden);
  return add(net, `${name}.add2`, middle, tokenwise(net, `${name}.mlp2`, active, width));
}

/** x times the normal distribution function of x, of any shape (Hendrycks, Gimpel 2016, arXiv:1606.08415). */
export const gelu = (net: Net, name: string, x: Feature): Feature => ({
  ...x,
  value: emit(net, name, 'Gelu', [x.value]),
});

/** The class token or the mean of all tokens, `[tokens, width]` to `[width]`. */
export function pooledToken(net: Net, name: string, x: Feature, pool: 'class' | 'mean'): Feature {
  const value =
    pool === 'class'
      ? emit(
          net,
          name,
          'Gather',
          [x.value, net.builder.constant({ type: 'int64', data: BigInt64Array.of(0n), shape: [] })],
          { axis: int(1) },
        )
      : emit(net, name, 'ReduceMean', [x.value, net.builder.constant(int64([1]))], { keepdims: int(0) });
  return { value, shape: x.shape.slice(1) };
}
