import { floatOf, floatsOf, int, intsOf, stringOf } from '../../attributes.js';
import { float32 } from '../../elements.js';
import type { Graph, Node } from '../../graph.js';
import { producersOf } from '../../order.js';
import { rewriteNodes } from '../../rewrite.js';
import { type Steps, steps } from '../../steps.js';

/**
 * Rewrites the linear models, scalers, imputers and choices of columns of ONNX's domain for classical
 * learning (ai.onnx.ml), as scikit-learn exports them behind or without a network. Other forms stay: the
 * runtime knows them, the rules do not.
 */
export function openLinear(graph: Graph): Graph {
  if (!graph.nodes.some(isLinear)) return graph;
  const read = new Set([...graph.nodes.flatMap((node) => node.inputs), ...graph.outputs.map((v) => v.name)]);
  const around = { graph, read, makers: producersOf(graph) };
  return rewriteNodes(graph, (node, edit) =>
    isLinear(node) ? (linear[node.op]!(node, steps(node, edit), around) ?? node) : node,
  );
}

const isLinear = ({ domain, op }: Node) => domain === 'ai.onnx.ml' && Object.hasOwn(linear, op);

interface Around {
  readonly graph: Graph;
  /** The values that something reads. */
  readonly read: ReadonlySet<string>;
  readonly makers: ReadonlyMap<string, Node>;
}

type Opened = (node: Node, s: Steps, around: Around) => readonly Node[] | undefined;

/** (x - offset) scale, by column */
const scaler: Opened = (node, { emit, edit, nodes }) => {
  const [offset, scale] = [floatsOf(node, 'offset'), floatsOf(node, 'scale')];
  if (!offset || !scale) return undefined;
  const moved = emit('Sub', [node.inputs[0]!, edit.constant(float32(offset))]);
  emit('Mul', [moved, edit.constant(float32(scale))], {}, node.outputs[0]);
  return nodes;
};

const norms: Readonly<Record<string, string>> = { L1: 'ReduceL1', L2: 'ReduceL2' };

/** x / |x|, by row; a row of zeros stays, and so do probabilities, which sum to 1 */
const normalizer: Opened = (node, { emit, number, whole, nodes }, { makers }) => {
  const norm = norms[stringOf(node, 'norm', 'MAX')];
  if (!norm) return undefined;
  const [x] = node.inputs as [string];
  if (norm === 'ReduceL1' && sumToOne(makers.get(x))) {
    emit('Identity', [x], {}, node.outputs[0]);
    return nodes;
  }
  const length = emit(norm, [x, whole(1)]);
  const isNone = emit('Equal', [length, number(0)]);
  emit('Div', [x, emit('Where', [isNone, number(1), length])], {}, node.outputs[0]);
  return nodes;
};

/** Whether a classifier's scores are a softmax, or the sigmoids of a number and of its negative. */
function sumToOne(maker: Node | undefined): boolean {
  if (maker?.op !== 'LinearClassifier') return false;
  const link = stringOf(maker, 'post_transform', 'NONE');
  if (link !== 'LOGISTIC') return link === 'SOFTMAX';
  const isTwice = (numbers: readonly number[]) =>
    numbers.every((value, i) => value === -numbers[(i + numbers.length / 2) % numbers.length]!);
  const intercepts = floatsOf(maker, 'intercepts') ?? [];
  return intercepts.length === 2 && isTwice(intercepts) && isTwice(floatsOf(maker, 'coefficients') ?? []);
}

/** x, by column another number where it is the one that stands for a missing value */
const imputer: Opened = (node, { emit, edit, number, nodes }) => {
  const [x] = node.inputs as [string];
  const values = floatsOf(node, 'imputed_value_floats');
  if (!values) return undefined;
  const missing = floatOf(node, 'replaced_value_float', 0);
  const isMissing = Number.isNaN(missing) ? emit('IsNaN', [x]) : emit('Equal', [x, number(missing)]);
  emit('Where', [isMissing, edit.constant(float32(values)), x], {}, node.outputs[0]);
  return nodes;
};

/** The columns of x; of stored numbers, which may be a row alone, the runtime makes rows. */
const columns: Opened = (node, { emit, whole, nodes }, { graph }) => {
  const [x, indices] = node.inputs as [string, string];
  if (graph.initializers.has(x)) return undefined;
  emit('Gather', [x, emit('Reshape', [indices, whole(-1)])], { axis: int(-1) }, node.outputs[0]);
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

/** The scores of each class; a label that something reads is made as before. */
const classifier: Opened = (node, s, { read }) => {
  const [label, scores] = node.outputs as [string, string];
  const classes = (intsOf(node, 'classlabels_ints') ?? namesOf(node)).length;
  const link = links[stringOf(node, 'post_transform', 'NONE')];
  if (!read.has(scores) || classes < 2 || floatsOf(node, 'intercepts')?.length !== classes || !link)
    return undefined;
  const raw = product(node, s, classes);
  if (raw === undefined) return undefined;
  s.emit(link, [raw], {}, scores);
  return read.has(label) ? [...s.nodes, { ...node, outputs: [label, s.edit.fresh(scores)] }] : s.nodes;
};

function namesOf({ attributes }: Node): readonly string[] {
  const names = attributes.classlabels_strings;
  return names?.kind === 'strings' ? names.value : [];
}

const linear: Readonly<Record<string, Opened>> = {
  ArrayFeatureExtractor: columns,
  Imputer: imputer,
  LinearClassifier: classifier,
  LinearRegressor: regressor,
  Normalizer: normalizer,
  Scaler: scaler,
};
