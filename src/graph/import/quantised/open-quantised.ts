import { type Attributes, float, floatOf, int, intOf } from '../../attributes.js';
import type { Graph, Node } from '../../graph.js';
import { dependents } from '../../order.js';
import { type Edit, rewriteNodes } from '../../rewrite.js';
import { type Steps, steps } from '../../steps.js';

/**
 * Rewrites quantised operators, all or chosen ones, as dequantise, compute, quantise. ONNX Runtime fuses the
 * three again when it optimises a graph.
 */
export function openQuantised(graph: Graph, chosen: (node: Node) => boolean = () => true): Graph {
  const wanted = (node: Node) => isQuantised(node) && chosen(node);
  if (!graph.nodes.some(wanted)) return graph;
  const opened = rewriteNodes(graph, (node, edit) => {
    if (!wanted(node)) return node;
    const s = steps(node, edit);
    quantised[node.op]!(node, s);
    return s.nodes;
  });
  return dequantisedOnce(opened);
}

/** The graph with one float value of each quantised one, where every reader has dequantised its own. */
function dequantisedOnce(graph: Graph): Graph {
  const floats = new Map<string, string>();
  return rewriteNodes(graph, (node, edit) => {
    if (node.op !== 'DequantizeLinear') return node;
    const [value = '', scale = ''] = node.inputs;
    const axis = edit.known(scale)?.shape.length === 0 ? '' : intOf(node, 'axis', 1);
    const key = JSON.stringify([node.inputs, axis]);
    const found = edit.known(value) ? undefined : floats.get(key);
    if (found !== undefined) return { ...node, op: 'Identity', inputs: [found], attributes: {} };
    floats.set(key, node.outputs[0]!);
    return node;
  });
}

/**
 * The graph with values that are not rounded on the way from its inputs; weights and other constants are
 * rounded as before.
 */
export function withoutRounding(graph: Graph): Graph {
  /** Scale and zero point of each value that is no longer quantised. */
  const exact = new Map<string, readonly string[]>();
  const depends = dependents(graph);
  return rewriteNodes(graph, (node, edit) => {
    const [first = '', ...others] = node.inputs;
    if ((node.op === 'QuantizeLinear' || node.op === 'DynamicQuantizeLinear') && depends.has(first)) {
      exact.set(node.outputs[0]!, node.op === 'QuantizeLinear' ? others : node.outputs.slice(1));
      return asIdentity(node);
    }
    const grid = exact.get(first);
    if (node.op === 'DequantizeLinear') return grid ? asIdentity(node) : node;
    if (!grid) return node;
    for (const output of node.outputs) exact.set(output, grid);
    return node.op === 'Clip' ? withFloatBounds(node, grid, edit) : node;
  });
}

/** A Clip of a value that is no longer quantised, within the bounds that its grid gives the whole numbers. */
function withFloatBounds(node: Node, grid: readonly string[], edit: Edit): readonly Node[] {
  const s = steps(node, edit);
  const [x = '', ...bounds] = node.inputs;
  const floats = bounds.map((bound) => (bound === '' ? '' : s.emit('DequantizeLinear', [bound, ...grid])));
  return [...s.nodes, { ...node, inputs: [x, ...floats] }];
}

const asIdentity = (node: Node): Node => ({
  ...node,
  op: 'Identity',
  inputs: node.inputs.slice(0, 1),
  outputs: node.outputs.slice(0, 1),
  attributes: {},
});

/** Whether a node is rewritten. Channels-last forms are not: ONNX has no such operators. */
const isQuantised = (node: Node) =>
  (node.domain === '' || node.domain === 'com.microsoft') &&
  Object.hasOwn(quantised, node.op) &&
  intOf(node, 'channels_last', 0) === 0;

type Open = (node: Node, s: Steps) => void;

/** Dequantises three inputs from `first` on: values, scale and zero point, one or each along the axis. */
const value = (node: Node, first: number, { emit, edit }: Steps, axis?: number): string => {
  const inputs = node.inputs.slice(first, first + 3);
  const at: Attributes = axis === undefined ? {} : { axis: int(axis) };
  return emit('DequantizeLinear', inputs, at, edit.fresh(`${inputs[0]}.DequantizeLinear`));
};

/**
 * Quantises `y` with the scale and zero point at inputs `at` and `at + 1`; without them, `y` is the output.
 */
function result(node: Node, y: string, at: number, { emit }: Steps): void {
  const [scale, zero] = node.inputs.slice(at, at + 2);
  if (scale) emit('QuantizeLinear', zero ? [y, scale, zero] : [y, scale], {}, node.outputs[0]);
  else emit('Identity', [y], {}, node.outputs[0]);
}

/** Dequantises an integer bias whose scale is the product of two scales. */
const bias = (node: Node, at: number, a: string, b: string, { emit, mul }: Steps): string =>
  mul(emit('Cast', [node.inputs[at]!], { to: int(1) }), mul(a, b));

const QLinearConv: Open = (node, s) => {
  const [, xs, , , ws] = node.inputs as [string, string, string, string, string];
  const added = node.inputs[8] ? [bias(node, 8, xs, ws, s)] : [];
  result(node, s.emit('Conv', [value(node, 0, s), value(node, 3, s, 0), ...added], node.attributes), 6, s);
};

const QLinearMatMul: Open = (node, s) =>
  result(node, s.matMul(value(node, 0, s, -2), value(node, 3, s, -1)), 6, s);

const QGemm: Open = (node, s) => {
  const [, as, , , bs] = node.inputs as [string, string, string, string, string];
  const turns = { transA: int(intOf(node, 'transA', 0)), transB: int(intOf(node, 'transB', 0)) };
  const column = intOf(node, 'transB', 0) === 1 ? 0 : 1;
  const product = s.emit('Gemm', [value(node, 0, s), value(node, 3, s, column)], turns);
  const sum = node.inputs[6] ? s.add(product, bias(node, 6, as, bs, s)) : product;
  result(node, s.mul(sum, floatOf(node, 'alpha', 1)), 7, s);
};

/** Dequantises the factors and adds a bias in floating point. */
function floatProduct(
  node: Node,
  a: string,
  b: readonly string[],
  added: string | undefined,
  s: Steps,
): void {
  const product = s.matMul(a, s.emit('DequantizeLinear', b, { axis: int(-1) }));
  if (added) s.emit('Add', [product, added], {}, node.outputs[0]);
  else s.emit('Identity', [product], {}, node.outputs[0]);
}

const present = (...inputs: readonly (string | undefined)[]) => inputs.filter((v) => v) as string[];

const MatMulIntegerToFloat: Open = (node, s) => {
  const [a, b, as, bs, az, bz, added] = node.inputs;
  const values = s.emit('DequantizeLinear', present(a, as, az));
  floatProduct(node, values, present(b, bs, bz), added, s);
};

const DynamicQuantizeMatMul: Open = (node, s) => {
  const [a, b, bs, bz, added] = node.inputs;
  const grid = ['values', 'scale', 'zero'].map((part) => s.edit.fresh(`${node.outputs[0]}.${part}`));
  s.nodes.push({ ...node, op: 'DynamicQuantizeLinear', domain: '', inputs: present(a), outputs: grid });
  floatProduct(node, s.emit('DequantizeLinear', grid), present(b, bs, bz), added, s);
};

const ofTwo =
  (op: 'Add' | 'Mul'): Open =>
  (node, s) =>
    result(node, s.emit(op, [value(node, 0, s), value(node, 3, s)]), 6, s);

/** `keep` returns the attributes to keep. */
const ofOne =
  (op: string, keep: (node: Node) => Attributes = () => ({})): Open =>
  (node, s) =>
    result(node, s.emit(op, [value(node, 0, s)], keep(node)), 3, s);

const pooled = ({ attributes: { channels_last: _, ...others } }: Node): Attributes => others;

const QLinearConcat: Open = (node, s) => {
  const parts = Array.from({ length: (node.inputs.length - 2) / 3 }, (_, i) => value(node, 2 + 3 * i, s));
  result(node, s.concat(parts, intOf(node, 'axis', 0)), 0, s);
};

const quantised: Readonly<Record<string, Open>> = {
  DynamicQuantizeMatMul,
  MatMulIntegerToFloat,
  QGemm,
  QLinearAdd: ofTwo('Add'),
  QLinearConcat,
  QLinearConv,
  QLinearGlobalAveragePool: ofOne('GlobalAveragePool'),
  QLinearAveragePool: ofOne('AveragePool', pooled),
  QLinearLeakyRelu: ofOne('LeakyRelu', (node) => ({ alpha: float(floatOf(node, 'alpha', 0.01)) })),
  QLinearMatMul,
  QLinearMul: ofTwo('Mul'),
  QLinearSigmoid: ofOne('Sigmoid'),
  QLinearSoftmax: ofOne('Softmax', (node) => ({ axis: int(intOf(node, 'axis', -1)) })),
};
