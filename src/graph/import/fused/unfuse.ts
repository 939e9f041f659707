import { type Attributes, float, floatOf, floatsOf, int, intOf, string, stringOf } from '../../attributes.js';
import type { Attribute, Graph, Node } from '../../graph.js';
import { changed, rewriteNodes } from '../../rewrite.js';
import { type Steps, steps } from '../../steps.js';
import { attention, multiHeadAttention, quantisedAttention } from './unfuse-attention.js';
import { blockedProduct } from './unfuse-blocks.js';
import type { Unfuse } from './unfused.js';

/**
 * Rewrites ONNX Runtime's fused operators (domain com.microsoft), all or chosen ones, as standard ONNX
 * operators. Other forms, such as attention with a past, stay: the runtime knows them, the rules do not.
 */
export function unfuse(graph: Graph, chosen: (node: Node) => boolean = () => true): Graph {
  const wanted = (node: Node) => isFused(node) && chosen(node);
  if (!graph.nodes.some(wanted)) return graph;
  const opened = rewriteNodes(graph, (node, edit) =>
    wanted(node) ? (fused[node.op]!(node, steps(node, edit)) ?? node) : node,
  );
  if (!graph.nodes.some((node) => wanted(node) && quantises.has(node.op))) return opened;
  return { ...opened, opsets: { ...opened.opsets, '': Math.max(opened.opsets['']!, wideIntegers) } };
}

const quantises = new Set(['DequantizeLinear', 'QuantizeLinear']);

/** The opset from which on ONNX quantises to 16 bits. */
const wideIntegers = 21;

const isFused = (node: Node) => node.domain === 'com.microsoft' && Object.hasOwn(fused, node.op);

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
export function activation(node: Node, value: string, s: Steps): readonly Node[] | undefined {
  const name = stringOf(node, 'activation', '');
  const { activation_alpha: alpha, activation_beta: beta } = node.attributes;
  const number = (given: Attribute | undefined) => (given?.kind === 'float' ? given.value : undefined);
  const [first = number(alpha), second = number(beta)] = floatsOf(node, 'activation_params') ?? [];
  const known: Readonly<Record<string, Attributes>> = {
    Relu: {},
    Sigmoid: {},
    Tanh: {},
    Clip: {},
    LeakyRelu: { alpha: float(first ?? 0.01) },
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
  const { activation: _, activation_alpha: __, activation_beta: ___, ...attributes } = node.attributes;
  return activation(node, s.emit('Gemm', node.inputs, attributes), s);
};

/**
 * y = alpha A B, each transposed if the attributes are set: its first axis moved before the last one
 * (`transBatch`), then the last two exchanged (`trans`).
 */
const fusedMatMul: Unfuse = (node, { edit, transpose, emit, matMul, number, nodes }) => {
  const turn = (value: string, of: 'A' | 'B') => {
    const [swaps, moves] = [intOf(node, `trans${of}`, 0), intOf(node, `transBatch${of}`, 0)];
    if (!swaps && !moves) return value;
    const known = edit.known(value);
    if (known) {
      const axes = known.shape.map((_, axis) => axis);
      const moved = moves ? [...axes.slice(1, -1), 0, ...axes.slice(-1)] : axes;
      return transpose(value, swaps ? [...moved.slice(0, -2), ...moved.slice(-2).reverse()] : moved);
    }
    // The rank is unknown: an Einsum turns the axes.
    const [from, to] = [moves ? 'i...j' : '...ij', swaps ? '...ji' : '...ij'];
    return emit('Einsum', [value], { equation: string(`${from}->${to}`) });
  };
  const product = matMul(turn(node.inputs[0]!, 'A'), turn(node.inputs[1]!, 'B'));
  emit('Mul', [product, number(floatOf(node, 'alpha', 1))], {}, node.outputs[0]);
  return nodes;
};

/** y = normalisation(input + skip + bias), with so many parameters; the fourth output is the sum. */
const skipNorm =
  (op: 'LayerNormalization' | 'RMSNormalization', parameters: 1 | 2): Unfuse =>
  (node, s) => {
    const [x, skip, ...others] = node.inputs as [string, string, ...string[]];
    const bias = others[parameters];
    const both = s.emit('Add', [x, skip], {}, bias ? undefined : node.outputs[3] || undefined);
    const sum = bias ? s.emit('Add', [both, bias], {}, node.outputs[3] || undefined) : both;
    const attributes = { axis: int(-1), epsilon: float(floatOf(node, 'epsilon', 1e-12)) };
    const given = others.slice(0, parameters).filter((parameter) => parameter !== '');
    s.emit(op, [sum, ...given], attributes, node.outputs[0]);
    return s.nodes;
  };

/** Positions stand before the tables; a single one is that of the first token. */
const rotary: Unfuse = (node, s) => {
  const [x, positions, ...tables] = node.inputs as [string, string, string, string];
  const { scale: _, is_packed_batching: __, ...attributes } = node.attributes;
  const at = s.edit.known(positions);
  const odd = floatOf(node, 'scale', 1) !== 1 || intOf(node, 'is_packed_batching', 0) === 1;
  if (odd || (at?.shape.length === 1 && intOf(node, 'num_heads', 0) === 0)) return undefined;
  if (at?.shape.length !== 1) {
    if (!at) return undefined;
    s.emit('RotaryEmbedding', [x, ...tables, positions], attributes, node.outputs[0]);
    return s.nodes;
  }
  const single = (value: string) => s.emit('Squeeze', [value]);
  const count = single(s.emit('Shape', [x], { start: int(1), end: int(2) }));
  const from = single(positions);
  const range = s.emit('Range', [from, s.add(from, count), single(s.whole(1))]);
  s.emit('RotaryEmbedding', [x, ...tables, s.unsqueeze(range, [0])], attributes, node.outputs[0]);
  return s.nodes;
};

/** An operator that ONNX has by now. */
const asStandard: Unfuse = (node) => [{ ...node, domain: '' }];

const fused: Readonly<Record<string, Unfuse>> = {
  Attention: attention,
  BiasGelu: gelu('none'),
  DequantizeLinear: asStandard,
  FastGelu: gelu('tanh'),
  FusedConv: fusedConv,
  FusedGemm: fusedGemm,
  FusedMatMul: fusedMatMul,
  Gelu: gelu('none'),
  LayerNormalization: (node) => [changed({ ...node, domain: '' }, { outputs: node.outputs.slice(0, 1) })],
  MatMulNBits: blockedProduct,
  MultiHeadAttention: multiHeadAttention,
  Pad: asStandard,
  QAttention: quantisedAttention,
  QuantizeLinear: asStandard,
  QuickGelu: quickGelu,
  RotaryEmbedding: rotary,
  SkipLayerNormalization: skipNorm('LayerNormalization', 2),
  SkipSimplifiedLayerNormalization: skipNorm('RMSNormalization', 1),
  Trilu: asStandard,
};
