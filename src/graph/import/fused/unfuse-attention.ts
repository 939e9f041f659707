import { floatOf, int, intOf } from '../../attributes.js';
import type { Node } from '../../graph.js';
import type { Steps } from '../../steps.js';
import { future, rootOfSize } from './open-attention.js';
import type { Unfuse } from './unfused.js';

/**
 * y = softmax(q k' scale + bias) v per head. q, k and v are `[N, tokens, heads, size]`; y is
 * `[N, tokens, heads size]`. A scale of 0 stands for 1 / sqrt(size). With `unidirectional`, no token sees
 * those after it.
 */
function attend(node: Node, s: Steps, [q, k, v]: readonly [string, string, string], bias?: string) {
  const { transpose, matMul, emit, mul, number, whole, add } = s;
  const given = floatOf(node, 'scale', 0);
  const scale = given === 0 ? rootOfSize(q, s) : number(given);
  const products = mul(matMul(transpose(q, [0, 2, 1, 3]), transpose(k, [0, 2, 3, 1])), scale);
  const biased = bias ? add(products, bias) : products;
  const scores = intOf(node, 'unidirectional', 0) ? add(biased, future(biased, s)) : biased;
  const seen = emit('Softmax', [scores], { axis: int(-1) });
  const y = transpose(matMul(seen, transpose(v, [0, 2, 1, 3])), [0, 2, 1, 3]);
  emit('Reshape', [y, whole(0, 0, -1)], {}, node.outputs[0]);
}

/** Attention of one product of `[N, tokens, hidden]` with `[hidden, 3 heads size]`: q, k and v. */
function ofProduct(node: Node, product: string, width: number, s: Steps): readonly Node[] {
  const hidden = width / 3;
  const heads = intOf(node, 'num_heads', 1);
  const part = (i: number) => {
    const cut = s.emit('Slice', [product, s.whole(i * hidden), s.whole((i + 1) * hidden), s.whole(2)]);
    return s.reshape(cut, [0, 0, heads, hidden / heads]);
  };
  attend(node, s, [part(0), part(1), part(2)]);
  return s.nodes;
}

/** Whether a node has one of these inputs, or an output after the first. */
const has = (node: Node, inputs: readonly (string | undefined)[]) =>
  [...inputs, ...node.outputs.slice(1)].some((value) => value);

export const attention: Unfuse = (node, s) => {
  const [x, w, bias, ...others] = node.inputs as [string, string, string?, ...string[]];
  const weights = s.edit.known(w);
  const odd = ['do_rotary', 'past_present_share_buffer'].some((name) => intOf(node, name, 0) === 1);
  if (has(node, others) || odd || !weights || node.attributes.qkv_hidden_sizes) return undefined;
  const product = s.matMul(x, w);
  return ofProduct(node, bias ? s.add(product, bias) : product, weights.shape[1]!, s);
};

/** The same of quantised values and weights. */
export const quantisedAttention: Unfuse = (node, s) => {
  const [x, w, bias, scale, weightScale, mask, zero, weightZero, past] = node.inputs as [string, ...string[]];
  const weights = s.edit.known(w!);
  if (has(node, [mask, past]) || !weights) return undefined;
  const float = (values: readonly (string | undefined)[], axis: number) =>
    s.emit('DequantizeLinear', values.filter((v) => v) as string[], { axis: int(axis) });
  const product = s.matMul(float([x, scale, zero], -1), float([w, weightScale, weightZero], 1));
  return ofProduct(node, bias ? s.add(product, bias) : product, weights.shape[1]!, s);
};

/** q, k and v are inputs; a bias is added to them. */
export const multiHeadAttention: Unfuse = (node, s) => {
  const [q, k, v, bias, padding, added, ...others] = node.inputs as [string, ...(string | undefined)[]];
  const known = bias ? s.edit.known(bias) : undefined;
  if (!k || !v || has(node, [padding, ...others]) || (bias && !known)) return undefined;
  const heads = intOf(node, 'num_heads', 1);
  const hidden = known ? known.shape[0]! / 3 : 0;
  const part = (value: string, i: number) => {
    const own = bias ? s.emit('Slice', [bias, s.whole(i * hidden), s.whole((i + 1) * hidden)]) : undefined;
    return s.reshape(own ? s.add(value, own) : value, [0, 0, heads, -1]);
  };
  attend(node, s, [part(q, 0), part(k, 1), part(v, 2)], added);
  return s.nodes;
};
