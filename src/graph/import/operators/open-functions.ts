import { floatOf, int, intOf, ints, intsOf } from '../../attributes.js';
import type { Graph, Node } from '../../graph.js';
import { rewriteNodes } from '../../rewrite.js';
import { type Steps, steps } from '../../steps.js';

/** Expands rare operators that ONNX defines by other operators, so that they need no rules of their own. */
export function openFunctions(graph: Graph): Graph {
  if (!graph.nodes.some(isFunction)) return graph;
  return rewriteNodes(graph, (node, edit) => {
    if (!isFunction(node)) return node;
    const s = steps(node, edit);
    functions[node.op]!(node, s);
    return s.nodes;
  });
}

const isFunction = ({ op, domain }: Node) => domain === '' && Object.hasOwn(functions, op);

type Open = (node: Node, s: Steps) => void;

/** y = x / max(|x|, 1e-30), with |x| the L1 or L2 norm along the axis; 0 where x is 0. */
const LpNormalization: Open = (node, { emit, whole, max }) => {
  const [x] = node.inputs as [string];
  const op = intOf(node, 'p', 2) === 1 ? 'ReduceL1' : 'ReduceL2';
  const length = emit(op, [x, whole(intOf(node, 'axis', -1))], { keepdims: int(1) });
  emit('Div', [x, max(length, 1e-30)], {}, node.outputs[0]);
};

/** y = scale x / sqrt(mean x^2 + epsilon), with the mean over the axes from `axis` on. */
const RMSNormalization: Open = (node, s) => {
  const [x, scale] = node.inputs as [string, string];
  const squares = s.mul(x, x);
  const mean = s.emit('ReduceMean', [squares, axesFrom(intOf(node, 'axis', -1), x, s)], { keepdims: int(1) });
  const root = s.sqrt(s.add(mean, floatOf(node, 'epsilon', 1e-5)));
  s.emit('Mul', [s.div(x, root), scale], {}, node.outputs[0]);
};

function axesFrom(axis: number, x: string, { whole, emit, shapeOf }: Steps): string {
  if (axis < 0) return whole(...Array.from({ length: -axis }, (_, i) => axis + i));
  const single = (value: string) => emit('Squeeze', [value]);
  const rank = emit('Size', [shapeOf(x)]);
  return emit('Range', [single(whole(axis)), rank, single(whole(1))]);
}

/** y = x sigmoid(alpha x) */
const Swish: Open = (node, { mul, emit, sigmoid }) => {
  const [x] = node.inputs as [string];
  const alpha = floatOf(node, 'alpha', 1);
  const inner = alpha === 1 ? x : mul(x, alpha);
  emit('Mul', [x, sigmoid(inner)], {}, node.outputs[0]);
};

/**
 * Rotates each pair (a, b) of features by an angle that depends on the token's position: (a cos - b sin, a
 * sin + b cos) (Su et al. 2021, arXiv:2104.09864). The pairs are adjacent features (`interleaved`), or are
 * half the features apart.
 */
const RotaryEmbedding: Open = (node, s) => {
  const [x, cosines, sines, positions] = node.inputs as [string, string, string, string?];
  const heads = intOf(node, 'num_heads', 0);
  const size = intOf(node, 'rotary_embedding_dim', 0);
  const last = s.whole(-1);
  const toEnd = s.whole(2 ** 31 - 1);
  const turned = (value: string) => s.transpose(value, [0, 2, 1, 3]);
  const tokens = heads > 0 ? s.reshape(x, [0, 0, heads, -1]) : turned(x); // [N, tokens, heads, features]
  const rotated = size > 0 ? s.emit('Slice', [tokens, s.whole(0), s.whole(size), last]) : tokens;
  const every = (first: number) => s.emit('Slice', [rotated, s.whole(first), toEnd, last, s.whole(2)]);
  const interleaved = intOf(node, 'interleaved', 0) === 1;
  const [a, b] = interleaved ? [every(0), every(1)] : halves(rotated, s);
  const ofTokens = (table: string) =>
    s.unsqueeze(positions ? s.emit('Gather', [table, positions]) : table, [2]);
  const [cosine, sine] = [ofTokens(cosines), ofTokens(sines)];
  const { mul } = s;
  const parts = [s.sub(mul(a, cosine), mul(b, sine)), s.add(mul(a, sine), mul(b, cosine))];
  const paired = () => parts.map((part) => s.emit('Unsqueeze', [part, last]));
  const joined = interleaved ? s.reshape(s.concat(paired(), -1), [0, 0, 0, -1]) : s.concat(parts, -1);
  const all =
    size > 0 ? s.concat([joined, s.emit('Slice', [tokens, s.whole(size), toEnd, last])], -1) : joined;
  if (heads > 0) s.emit('Reshape', [all, s.whole(0, 0, -1)], {}, node.outputs[0]);
  else s.emit('Transpose', [all], { perm: ints([0, 2, 1, 3]) }, node.outputs[0]);
};

/** Splits the features into their first and second half. */
const halves = (x: string, s: Steps) =>
  s.emitAll('Split', [x], 2, { axis: int(-1), num_outputs: int(2) }) as [string, string];

/** y = (x - mean) / sqrt(variance), with statistics over `axes`. */
const MeanVarianceNormalization: Open = (node, { reduce, sub, mul, add, sqrt, emit }) => {
  const [x] = node.inputs as [string];
  const axes = intsOf(node, 'axes') ?? [0, 2, 3];
  const centred = sub(x, reduce('ReduceMean', x, axes));
  const variance = reduce('ReduceMean', mul(centred, centred), axes);
  // ONNX adds 1e-9 to the standard deviation; at variance 0 this is the same.
  emit('Div', [centred, sqrt(add(variance, 1e-18))], {}, node.outputs[0]);
};

const functions: Readonly<Record<string, Open>> = {
  LpNormalization,
  MeanVarianceNormalization,
  RMSNormalization,
  RotaryEmbedding,
  /** ONNX Runtime's name of it, from before ONNX had it. */
  SimplifiedLayerNormalization: RMSNormalization,
  Swish,
};
