import { int } from '../attributes.js';
import type { Graph, Node } from '../graph.js';
import { rewriteNodes } from '../rewrite.js';
import { dataTypes } from '../schema.js';
import { type Steps, steps } from '../steps.js';

/**
 * Rewrites products of dynamically quantised values as products of what these dequantise to, with a scale for
 * each sample: the file's own numbers for a batch of one, where the file itself scales a batch as a whole.
 * Values that other operators read are left as they are.
 */
export function openDynamic(graph: Graph): Graph {
  const readers = (value: string) => graph.nodes.filter(({ inputs }) => inputs.includes(value));
  const isFloatNext = (node: Node) =>
    readers(node.outputs[0]!).every(({ op, attributes: { to } }) => op === 'Cast' && to?.value === 1);
  const opened = graph.nodes.filter((node) => {
    const [values = '', , zero = ''] = node.outputs;
    const read = [...readers(values), ...readers(zero)];
    const paired = ({ inputs }: Node) => inputs[0] === values && inputs[2] === zero;
    return (
      node.op === 'DynamicQuantizeLinear' && read.every((n) => isProduct(n) && paired(n) && isFloatNext(n))
    );
  });
  if (opened.length === 0) return graph;
  const made = new Set(opened.map(({ outputs }) => outputs[0]!));
  return rewriteNodes(graph, (node, edit) => {
    const s = steps(node, edit);
    if (opened.includes(node)) scaledBySample(node, s);
    else if (isProduct(node) && made.has(node.inputs[0]!)) {
      const [values, weights, , zero] = node.inputs as [string, string, string?, string?];
      const float = (v: string) => s.emit('Cast', [v], { to: int(dataTypes.float32) });
      const factor = zero ? s.sub(float(weights), along(node, float(zero), s)) : float(weights);
      s.emit(
        node.op === 'ConvInteger' ? 'Conv' : 'MatMul',
        [values, factor],
        node.attributes,
        node.outputs[0],
      );
    } else return node;
    return s.nodes;
  });
}

const isProduct = ({ op, domain }: Node) => domain === '' && (op === 'MatMulInteger' || op === 'ConvInteger');

/** A convolution's zero points by output channel, and others, as they broadcast to its weights. */
function along(node: Node, zero: string, { edit, reshape }: Steps): string {
  const [, weights = '', , own = ''] = node.inputs;
  const rank = edit.known(weights)?.shape.length ?? 0;
  const many = (edit.known(own)?.data.length ?? 1) > 1;
  return node.op === 'ConvInteger' && many ? reshape(zero, [-1, ...Array(rank - 1).fill(1)]) : zero;
}

/** Rounds a sample to 255 steps between its smallest and largest value, 0 among them. The scale becomes 1. */
function scaledBySample(node: Node, s: Steps): void {
  const { emit, reduce, min, max, sub, div, neg, clip, where, equal } = s;
  const [x] = node.inputs as [string];
  const [values, scale] = node.outputs as [string, string];
  const flat = emit('Flatten', [x], { axis: int(1) });
  const of = (op: string) => reduce(op, flat, [1], { keepdims: int(0) });
  const low = min(of('ReduceMin'), 0);
  const span = sub(max(of('ReduceMax'), 0), low);
  const step = where(equal(span, 0), 1, div(span, 255));
  const zero = emit('Cast', [clip(emit('Round', [div(neg(low), step)]), 0, 255)], {
    to: int(dataTypes.uint8),
  });
  const grid = [step, zero];
  const rounded = emit('QuantizeLinear', [x, ...grid], { axis: int(0) });
  const exact = s.edit.node('DequantizeLinear', [rounded, ...grid], values, { axis: int(0) });
  // Errors about its computed scale then name a node of the file.
  s.nodes.push({ ...exact, name: node.name });
  emit('Identity', [s.number(1)], {}, scale);
}
