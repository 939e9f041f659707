import { floatsOf, intsOf, stringOf } from '../attributes.js';
import { float32 } from '../elements.js';
import type { Graph, Node } from '../graph.js';
import { rewriteNodes } from '../rewrite.js';
import { type Steps, steps } from '../steps.js';

/**
 * Rewrites the linear models and scalers of ONNX's domain for classical learning (ai.onnx.ml), as
 * scikit-learn exports them behind or without a network. Other forms stay: the runtime knows them, the rules
 * do not.
 */
export function openLinear(graph: Graph): Graph {
  if (!graph.nodes.some(isLinear)) return graph;
  const read = new Set([...graph.nodes.flatMap((node) => node.inputs), ...graph.outputs.map((v) => v.name)]);
  return rewriteNodes(graph, (node, edit) =>
    isLinear(node) ? (linear[node.op]!(node, steps(node, edit), read) ?? node) : node,
  );
}

const isLinear = ({ domain, op }: Node) => domain === 'ai.onnx.ml' && Object.hasOwn(linear, op);

type Opened = (node: Node, s: Steps, read: ReadonlySet<string>) => readonly Node[] | undefined;

/** (x - offset) scale, by column */
const scaler: Opened = (node, { emit, edit, nodes }) => {
  const [offset, scale] = [floatsOf(node, 'offset'), floatsOf(node, 'scale')];
  if (!offset || !scale) return undefined;
  const moved = emit('Sub', [node.inputs[0]!, edit.constant(float32(offset))]);
  emit('Mul', [moved, edit.constant(float32(scale))], {}, node.outputs[0]);
  return nodes;
};

const norms: Readonly<Record<string, string>> = { L1: 'ReduceL1', L2: 'ReduceL2' };

/** x / |x|, by row; a row of zeros stays */
const normalizer: Opened = (node, { emit, number, whole, nodes }) => {
  const norm = norms[stringOf(node, 'norm', 'MAX')];
  if (!norm) return undefined;
  const [x] = node.inputs as [string];
  const length = emit(norm, [x, whole(1)]);
  const isNone = emit('Equal', [length, number(0)]);
  emit('Div', [x, emit('Where', [isNone, number(1), length])], {}, node.outputs[0]);
  return nodes;
};

/** x coefficients' + intercepts, a row of coefficients for each output */
function product(node: Node, { emit, edit }: Steps, rows: number, output?: string): string | undefined {
  const coefficients = floatsOf(node, 'coefficients');
  const intercepts = floatsOf(node, 'intercepts') ?? Array(rows).fill(0);
  if (!coefficients || coefficients.length % rows > 0 || intercepts.length !== rows) return undefined;
  const columns = coefficients.length / rows;
  const weights = Float32Array.from(
    coefficients,
    (_, i) => coefficients[(i % rows) * columns + Math.floor(i / rows)]!,
  );
  const summed = emit('MatMul', [node.inputs[0]!, edit.constant(float32(weights, [columns, rows]))]);
  return emit('Add', [summed, edit.constant(float32(intercepts))], {}, output);
}

const regressor: Opened = (node, s) => {
  const targets = node.attributes.targets?.kind === 'int' ? node.attributes.targets.value : 1;
  if (stringOf(node, 'post_transform', 'NONE') !== 'NONE') return undefined;
  return product(node, s, targets, node.outputs[0]) === undefined ? undefined : s.nodes;
};

const links: Readonly<Record<string, string>> = { NONE: 'Identity', SOFTMAX: 'Softmax', LOGISTIC: 'Sigmoid' };

/** The scores of each class; the label is not made where something reads it. */
const classifier: Opened = (node, s, read) => {
  const [label, scores] = node.outputs as [string, string];
  const classes = (intsOf(node, 'classlabels_ints') ?? namesOf(node)).length;
  const link = links[stringOf(node, 'post_transform', 'NONE')];
  if (read.has(label) || classes < 2 || floatsOf(node, 'intercepts')?.length !== classes || !link)
    return undefined;
  const raw = product(node, s, classes);
  if (raw === undefined) return undefined;
  s.emit(link, [raw], {}, scores);
  return s.nodes;
};

function namesOf({ attributes }: Node): readonly string[] {
  const names = attributes.classlabels_strings;
  return names?.kind === 'strings' ? names.value : [];
}

const linear: Readonly<Record<string, Opened>> = {
  LinearClassifier: classifier,
  LinearRegressor: regressor,
  Normalizer: normalizer,
  Scaler: scaler,
};
