import { int } from '../../attributes.js';
import { is } from '../../catalogue/index.js';
import type { Graph, Node } from '../../graph.js';
import { producersOf, readersOf } from '../../order.js';
import { changed, rewriteNodes } from '../../rewrite.js';
import { dataTypes } from '../../schema.js';
import { type Steps, steps } from '../../steps.js';

/**
 * Rewrites products of dynamically quantised values as products of what these dequantise to, with the scale
 * of their weights in the weights. Values that other operators read are left as they are.
 */
export function openDynamic(graph: Graph): Graph {
  const around = { ...graph, readers: readersOf(graph), producers: producersOf(graph) };
  const opened = graph.nodes.flatMap((node) => openedBy(node, around) ?? []);
  if (opened.length === 0) return graph;
  const roots = new Set(opened.map(({ root }) => root));
  const values = new Set(opened.flatMap(({ values }) => values));
  const products = opened.flatMap((one) => one.products);
  const ends = new Map(products.map((product) => [product.end, product]));
  const within = new Set(products.flatMap(({ node, between }) => [node, ...between]));
  return rewriteNodes(graph, (node, edit) => {
    const s = steps(node, edit);
    const product = ends.get(node);
    if (roots.has(node)) roundedAndBack(node, s);
    else if (product) inFloats(product, node.outputs[0]!, s);
    else if (node.op === 'DequantizeLinear' && values.has(node.inputs[0]!))
      s.emit('Identity', node.inputs.slice(0, 1), {}, node.outputs[0]);
    else if (!within.has(node)) return node;
    return s.nodes;
  });
}

interface Around extends Graph {
  readonly readers: ReadonlyMap<string, readonly Node[]>;
  readonly producers: ReadonlyMap<string, Node>;
}

/** What a dynamic quantisation is read by, where it can be written in floats. */
interface Opened {
  readonly root: Node;
  /** Its whole numbers, as they are and moved. */
  readonly values: readonly string[];
  readonly products: readonly Product[];
}

/** A product in whole numbers, the nodes behind it that scale it, and the last of these. */
interface Product {
  readonly node: Node;
  readonly between: readonly Node[];
  readonly end: Node;
  /** The scale of its weights, where `end` multiplies by it. */
  readonly scale?: string;
}

function openedBy(root: Node, around: Around): Opened | undefined {
  if (root.op !== 'DynamicQuantizeLinear') return undefined;
  const { readers } = around;
  const [first = '', scale = '', zero = ''] = root.outputs;
  const values = [first];
  const products: Product[] = [];
  const read = new Set<Node>();
  for (const value of values) {
    for (const node of readers.get(value) ?? []) {
      const isMoved = is(node, 'moves', 'in-order') || is(node, 'moves', 'reordered');
      const isPaired = node.inputs[0] === value && node.inputs[2] === zero;
      const product = isPaired && isProduct(node) ? scaled(node, scale, around) : undefined;
      if (isMoved) values.push(node.outputs[0]!);
      else if (product) products.push(product);
      else if (!isPaired || node.op !== 'DequantizeLinear' || node.inputs[1] !== scale) return undefined;
      read.add(node);
    }
  }
  return (readers.get(zero) ?? []).every((node) => read.has(node)) ? { root, values, products } : undefined;
}

const isProduct = ({ op, domain }: Node) => domain === '' && (op === 'MatMulInteger' || op === 'ConvInteger');

/** A product with its casts and, as ONNX Runtime's quantiser writes it, the scale of both factors. */
function scaled(
  node: Node,
  scale: string,
  { readers, producers, initializers }: Around,
): Product | undefined {
  const casts = readers.get(node.outputs[0]!) ?? [];
  if (!casts.every(({ op, attributes: { to } }) => op === 'Cast' && to?.value === 1)) return undefined;
  const [cast, ...others] = casts;
  const plain = { node, between: [], end: node };
  if (!cast || others.length > 0) return plain;
  const alone = { node, between: [node], end: cast };
  const [by, ...more] = readers.get(cast.outputs[0]!) ?? [];
  if (by?.op !== 'Mul' || more.length > 0) return alone;
  const both = producers.get(by.inputs.find((value) => value !== cast.outputs[0]) ?? '');
  const own =
    both?.op === 'Mul' && both.inputs.includes(scale) ? both.inputs.find((v) => v !== scale) : undefined;
  const shape = initializers.get(own ?? '')?.shape;
  return shape && shape.length <= 1 ? { node, between: [node, cast], end: by, scale: own! } : alone;
}

/** The product of floats, by the name `output`. */
function inFloats({ node, scale }: Product, output: string, s: Steps): void {
  const [values, weights, , zero] = node.inputs as [string, string, string?, string?];
  const float = (v: string) => s.emit('Cast', [v], { to: int(dataTypes.float32) });
  const factor = zero ? s.sub(float(weights), along(node, float(zero), zero, s)) : float(weights);
  const whole = scale ? s.mul(factor, along(node, scale, scale, s)) : factor;
  s.emit(node.op === 'ConvInteger' ? 'Conv' : 'MatMul', [values, whole], node.attributes, output);
}

/** Numbers by output channel of a convolution, and others, as they broadcast to its weights. */
function along(node: Node, value: string, given: string, { edit, reshape }: Steps): string {
  const rank = edit.known(node.inputs[1] ?? '')?.shape.length ?? 0;
  const many = (edit.known(given)?.data.length ?? 1) > 1;
  return node.op === 'ConvInteger' && many ? reshape(value, [-1, ...Array(rank - 1).fill(1)]) : value;
}

/** Keeps the rounding, of which products read what it dequantises to. Their scale becomes 1. */
function roundedAndBack(node: Node, s: Steps): void {
  const [values, scale] = node.outputs as [string, string];
  const made = ['rounded', 'step', 'zero'].map((what) => s.edit.fresh(`${values}.${what}`));
  s.nodes.push(changed(node, { outputs: made }));
  s.emit('DequantizeLinear', made, {}, values);
  s.emit('Identity', [s.number(1)], {}, scale);
}
