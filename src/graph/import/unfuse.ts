import { type Attributes, float, floatOf, floatsOf, int, intOf, string, stringOf } from '../attributes.js';
import type { Graph, Node } from '../graph.js';
import { changed, rewriteNodes } from '../rewrite.js';
import { type Steps, steps } from '../steps.js';
import { rootOfSize } from './open-attention.js';

/**
 * Rewrites ONNX Runtime's fused operators (domain com.microsoft) as standard ONNX operators. Other forms,
 * such as attention with a mask, stay: the runtime knows them, the rules do not.
 */
export function unfuse(graph: Graph): Graph {
  if (!graph.nodes.some(isFused)) return graph;
  return rewriteNodes(graph, (node, edit) =>
    isFused(node) ? (fused[node.op]!(node, steps(node, edit)) ?? node) : node,
  );
}

const isFused = (node: Node) => node.domain === 'com.microsoft' && Object.hasOwn(fused, node.op);

/** The nodes that do the same; undefined for a form that is not taken apart. */
type Unfuse = (node: Node, steps: Steps) => readonly Node[] | undefined;

const gelu =
  (approximate: 'none' | 'tanh'): Unfuse =>
  (node, { add, emit, nodes }) => {
    const [x, bias] = node.inputs as [string, string?];
    const sum = bias ? add(x, bias) : x;
    emit('Gelu', [sum], { approximate: string(approximate) }, node.outputs[0]);
    return nodes;
  };

/** y = x sigmoid(alpha x) */
const quickGelu: Unfuse = (node, { mul, emit, sigmoid, nodes }) => {
  const x = node.inputs[0]!;
  const inner = mul(x, floatOf(node, 'alpha', 1.702));
  emit('Mul', [x, sigmoid(inner)], {}, node.outputs[0]);
  return nodes;
};

/** Adds the activation of a fused operator, with its parameters; undefined where it is not known. */
function activation(node: Node, value: string, s: Steps): readonly Node[] | undefined {
  const name = stringOf(node, 'activation', '');
  const [first, second] = floatsOf(node, 'activation_params') ?? [];
  const known: Readonly<Record<string, Attributes>> = {
    Relu: {},
    Sigmoid: {},
    Tanh: {},
    Clip: {},
    LeakyRelu: { alpha: float(first ?? floatOf(node, 'activation_alpha', 0.01)) },
    HardSigmoid: { alpha: float(first ?? 0.2), beta: float(second ?? 0.5) },
  };
  const inputs = name === 'Clip' ? [value, s.number(first!), s.number(second!)] : [value];
  const attributes = Object.hasOwn(known, name) ? known[name] : undefined;
  if (!attributes) return undefined;
  s.emit(name, inputs, attributes, node.outputs[0]);
  return s.nodes;
}

/** A convolution, an optional added input, and an optional activation. */
const fusedConv: Unfuse = (node, s) => {
  const [x, w, b, added] = node.inputs as [string, string, string?, string?];
  const { activation: _, activation_params: __, ...attributes } = node.attributes;
  const y = s.emit('Conv', b ? [x, w, b] : [x, w], attributes);
  const sum = added ? s.add(y, added) : y;
  if (node.attributes.activation) return activation(node, sum, s);
  s.emit('Identity', [sum], {}, node.outputs[0]);
  return s.nodes;
};

const fusedGemm: Unfuse = (node, s) => {
  const { activation: _, activation_alpha: __, ...attributes } = node.attributes;
  return activation(node, s.emit('Gemm', node.inputs, attributes), s);
};

/** y = alpha A B, each transposed over its last two axes if the attribute is set. */
const fusedMatMul: Unfuse = (node, { edit, transpose, emit, matMul, number, nodes }) => {
  const turn = (value: string, flag: string) => {
    if (!intOf(node, flag, 0)) return value;
    const known = edit.known(value);
    if (known) {
      const rank = known.shape.length;
      const lead = Array.from({ length: rank - 2 }, (_, i) => i);
      return transpose(value, [...lead, rank - 1, rank - 2]);
    }
    // The rank is unknown: an Einsum swaps the last two axes.
    return emit('Einsum', [value], { equation: string('...ij->...ji') });
  };
  if (intOf(node, 'transBatchA', 0) || intOf(node, 'transBatchB', 0)) return undefined;
  const product = matMul(turn(node.inputs[0]!, 'transA'), turn(node.inputs[1]!, 'transB'));
  emit('Mul', [product, number(floatOf(node, 'alpha', 1))], {}, node.outputs[0]);
  return nodes;
};

/** y = LayerNormalization(input + skip + bias); the fourth output is the sum. */
const skipLayerNorm: Unfuse = (node, s) => {
  const [x, skip, gamma, beta, bias] = node.inputs as [string, string, string, string?, string?];
  const both = s.emit('Add', [x, skip], {}, bias ? undefined : node.outputs[3] || undefined);
  const sum = bias ? s.emit('Add', [both, bias], {}, node.outputs[3] || undefined) : both;
  const attributes = { axis: int(-1), epsilon: float(floatOf(node, 'epsilon', 1e-12)) };
  s.emit('LayerNormalization', beta ? [sum, gamma, beta] : [sum, gamma], attributes, node.outputs[0]);
  return s.nodes;
};

/**
 * y = softmax(q k' scale) v per head. q, k and v are `[N, tokens, heads, size]`; y is `[N, tokens, heads
 * size]`. A scale of 0 stands for 1 / sqrt(size).
 */
function attend(node: Node, s: Steps, [q, k, v]: readonly [string, string, string]) {
  const { transpose, matMul, emit, mul, number, whole } = s;
  const given = floatOf(node, 'scale', 0);
  const scale = given === 0 ? rootOfSize(q, s) : number(given);
  const products = matMul(transpose(q, [0, 2, 1, 3]), transpose(k, [0, 2, 3, 1]));
  const seen = emit('Softmax', [mul(products, scale)], { axis: int(-1) });
  const y = transpose(matMul(seen, transpose(v, [0, 2, 1, 3])), [0, 2, 1, 3]);
  emit('Reshape', [y, whole(0, 0, -1)], {}, node.outputs[0]);
}

/** q, k and v are one product of `[N, tokens, hidden]` with `[hidden, 3 heads size]`. */
const attention: Unfuse = (node, s) => {
  const [x, w, bias, ...others] = node.inputs as [string, string, string?, ...string[]];
  const weights = s.edit.known(w);
  const odd = ['unidirectional', 'do_rotary', 'past_present_share_buffer'].some(
    (name) => intOf(node, name, 0) === 1,
  );
  const given = [...others, ...node.outputs.slice(1)].some((value) => value !== '');
  if (given || odd || !weights || node.attributes.qkv_hidden_sizes) return undefined;
  const hidden = weights.shape[1]! / 3;
  const heads = intOf(node, 'num_heads', 1);
  const size = hidden / heads;
  const product = s.matMul(x, w);
  const all = bias ? s.add(product, bias) : product;
  const part = (i: number) => {
    const cut = s.emit('Slice', [all, s.whole(i * hidden), s.whole((i + 1) * hidden), s.whole(2)]);
    return s.reshape(cut, [0, 0, heads, size]);
  };
  attend(node, s, [part(0), part(1), part(2)]);
  return s.nodes;
};

/** q, k and v are inputs; a bias is added to them. */
const multiHeadAttention: Unfuse = (node, s) => {
  const [q, k, v, bias, ...others] = node.inputs as [string, string?, string?, string?, ...string[]];
  const known = bias ? s.edit.known(bias) : undefined;
  const given = [...others, ...node.outputs.slice(1)].some((value) => value !== '');
  if (!k || !v || given || intOf(node, 'unidirectional', 0) || (bias && !known)) return undefined;
  const heads = intOf(node, 'num_heads', 1);
  const hidden = known ? known.shape[0]! / 3 : 0;
  const part = (value: string, i: number) => {
    const own = bias ? s.emit('Slice', [bias, s.whole(i * hidden), s.whole((i + 1) * hidden)]) : undefined;
    return s.reshape(own ? s.add(value, own) : value, [0, 0, heads, -1]);
  };
  attend(node, s, [part(q, 0), part(k, 1), part(v, 2)]);
  return s.nodes;
};

const fused: Readonly<Record<string, Unfuse>> = {
  Attention: attention,
  BiasGelu: gelu('none'),
  FastGelu: gelu('tanh'),
  FusedConv: fusedConv,
  FusedGemm: fusedGemm,
  FusedMatMul: fusedMatMul,
  Gelu: gelu('none'),
  LayerNormalization: (node) => [changed({ ...node, domain: '' }, { outputs: node.outputs.slice(0, 1) })],
  MultiHeadAttention: multiHeadAttention,
  QuickGelu: quickGelu,
  SkipLayerNormalization: skipLayerNorm,
};
