import { is, operatorOf } from '../../graph/catalogue/index.js';
import type { Graph, Node } from '../../graph/graph.js';
import { dependents, producersOf } from '../../graph/order.js';

/** An activation that is no rectifier. */
export interface Activation {
  /** Its operator, or the common name of one that is written as a product. */
  readonly name: string;
  /** The node that makes its output. */
  readonly node: Node;
  /** The nodes that only compute the factor of a product. */
  readonly inner: readonly Node[];
}

/** Operators that are activations wherever they are. */
const always = [
  ...['Celu', 'Elu', 'Gelu', 'HardSwish', 'LeakyRelu', 'Mish', 'PRelu', 'Selu'],
  ...['Shrink', 'Softsign', 'ThresholdedRelu'],
];
/** Operators that are activations between layers, unless they scale another value, as gates do. */
const bounded = ['Clip', 'HardSigmoid', 'Sigmoid'];
/** Operators that are activations between layers. */
const between = ['Atan', 'Softplus', 'Tanh'];

/**
 * The activations of `nodes` but those that are known for something else, as rectifiers are; no gates, and no
 * functions that end a head.
 */
export function activationsOf(
  graph: Graph,
  nodes: readonly Node[],
  isElse: (node: Node) => boolean,
): Activation[] {
  const depends = dependents(graph);
  const products = productsOf(graph, nodes, depends);
  const within = new Set(products.flatMap(({ inner }) => inner));
  const isLayer = (node: Node) =>
    is(node, 'layer') && node.inputs.slice(0, 2).filter((v) => depends.has(v)).length === 1;
  const behind = reached(nodes, isLayer);
  const before = leadingTo(nodes, isLayer, () => true);
  const feeding = leadingTo(nodes, isLayer, (node) => !scales(node, depends));
  const isActivation = (node: Node): boolean => {
    if (node.domain !== '' || within.has(node) || isElse(node)) return false;
    const has = (values: ReadonlySet<string>) => node.outputs.some((v) => values.has(v));
    if (always.includes(node.op)) return true;
    if (!has(behind)) return false;
    if (between.includes(node.op)) return has(before);
    if (node.op === 'Clip' && !(node.inputs[1] && node.inputs[2])) return false;
    return bounded.includes(node.op) && has(feeding);
  };
  const found = new Map(products.map((product) => [product.node, product]));
  return nodes.flatMap(
    (node) => found.get(node) ?? (isActivation(node) ? { name: node.op, node, inner: [] } : []),
  );
}

/** Whether a node multiplies two values of the sample. */
const scales = (node: Node, depends: ReadonlySet<string>) =>
  (is(node, 'linear', 'each') || node.op === 'Div') && node.inputs.filter((v) => depends.has(v)).length > 1;

/** The values made by nodes that are behind a layer. */
function reached(nodes: readonly Node[], isLayer: (node: Node) => boolean): ReadonlySet<string> {
  const found = new Set<string>();
  for (const node of nodes)
    if (isLayer(node) || node.inputs.some((v) => found.has(v))) for (const v of node.outputs) found.add(v);
  return found;
}

/** The values from which a layer is reached through nodes that `pass`. */
function leadingTo(
  nodes: readonly Node[],
  isLayer: (node: Node) => boolean,
  pass: (node: Node) => boolean,
): ReadonlySet<string> {
  const found = new Set<string>();
  for (const node of nodes.toReversed())
    if (isLayer(node) || (pass(node) && node.outputs.some((v) => found.has(v))))
      for (const v of node.inputs) found.add(v);
  return found;
}

/** The activations that are written as x times, or over, a function of x alone that is bent. */
function productsOf(graph: Graph, nodes: readonly Node[], depends: ReadonlySet<string>): Activation[] {
  const producers = producersOf(graph);
  /** A value before constant factors and quantisation. */
  const core = (value: string): string => {
    const node = producers.get(value);
    if (!node) return value;
    const [x, factor = ''] = node.inputs as [string, string?];
    if (isRelay(node)) return core(x);
    if (node.op === 'Mul' && !depends.has(x)) return core(factor);
    return ['Mul', 'Div'].includes(node.op) && !depends.has(factor) ? core(x) : value;
  };
  /** The nodes by which a value is computed elementwise of x and constants alone. */
  const from = (x: string, value: string): Node[] | undefined => {
    const found = new Set<Node>();
    const waiting = [value];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const node = producers.get(next);
      if (next === x || !depends.has(next) || (node && found.has(node))) continue;
      if (!node || !(isRelay(node) || operatorOf(node)?.pointwise)) return undefined;
      found.add(node);
      waiting.push(...node.inputs);
    }
    return [...found];
  };
  const product = (node: Node, x: string, factor: string): Activation[] => {
    const inner = from(core(x), factor) ?? [];
    const name = nameOf(node.op, new Set(inner.map(({ op }) => op)));
    return name === undefined ? [] : [{ name, node, inner }];
  };
  return nodes.flatMap((node) => {
    const [a, b] = node.inputs as [string, string];
    if (!['Mul', 'Div'].includes(node.op) || !depends.has(a) || !depends.has(b)) return [];
    const found = [...product(node, a, b), ...(node.op === 'Mul' ? product(node, b, a) : [])];
    return found.slice(0, 1);
  });
}

const isRelay = ({ op }: Node) => ['Cast', 'DequantizeLinear', 'Identity', 'QuantizeLinear'].includes(op);

/** What x times (`Mul`) or over (`Div`) a function of x with these operators is called. */
function nameOf(by: string, ops: ReadonlySet<string>): string | undefined {
  const all = (...some: readonly string[]) => some.every((op) => ops.has(op));
  if (by === 'Div') return all('Exp') ? 'Swish/SiLU' : all('Abs', 'Add') ? 'Softsign' : undefined;
  if (all('Tanh', 'Softplus') || all('Tanh', 'Log')) return 'Mish';
  if (all('Erf') || all('Tanh', 'Add')) return 'Gelu';
  if (all('HardSigmoid') || all('Clip', 'Add') || all('Relu', 'Min')) return 'HardSwish';
  return all('Sigmoid') || all('Exp', 'Div') || all('Exp', 'Reciprocal') ? 'Swish/SiLU' : undefined;
}
