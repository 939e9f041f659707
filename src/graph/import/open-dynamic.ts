import { int } from '../attributes.js';
import type { Graph, Node } from '../graph.js';
import { rewriteNodes } from '../rewrite.js';
import { dataTypes } from '../schema.js';
import { type Steps, steps } from '../steps.js';
import type { Lengths } from './upgrade.js';

/**
 * Rewrites products of dynamically quantised values as products of what these dequantise to, with a scale for
 * each sample: the file's own numbers for a batch of one, where the file itself scales a batch as a whole.
 * Values that other operators read are left as they are. `lengths` holds the shapes of the values that
 * `needsSamples` names, in a batch of `batch`; without them the first axis is the batch.
 */
export function openDynamic(graph: Graph, batch = 1, lengths: Lengths = new Map()): Graph {
  const readers = (value: string) => graph.nodes.filter(({ inputs }) => inputs.includes(value));
  const isFloatNext = (node: Node) =>
    readers(node.outputs[0]!).every(({ op, attributes: { to } }) => op === 'Cast' && to?.value === 1);
  const opened = graph.nodes.filter((node) => {
    const [values = '', scale = '', zero = ''] = node.outputs;
    const read = [...readers(values), ...readers(zero)];
    const paired = ({ inputs }: Node) => inputs[0] === values && inputs[2] === zero;
    const known = (n: Node) =>
      n.op === 'DequantizeLinear' ? n.inputs[1] === scale : isProduct(n) && isFloatNext(n);
    return node.op === 'DynamicQuantizeLinear' && read.every((n) => paired(n) && known(n));
  });
  if (opened.length === 0) return graph;
  const made = new Set(opened.map(({ outputs }) => outputs[0]!));
  return rewriteNodes(graph, (node, edit) => {
    const s = steps(node, edit);
    const isMade = made.has(node.inputs[0]!);
    if (opened.includes(node)) scaledBySample(node, batch, lengths.get(node.inputs[0]!), s);
    else if (isMade && node.op === 'DequantizeLinear')
      s.emit('Identity', node.inputs.slice(0, 1), {}, node.outputs[0]);
    else if (isMade && isProduct(node)) {
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

/** The values whose shapes tell which of their axes is the batch. */
export const needsSamples = (graph: Graph): string[] =>
  graph.nodes
    .filter(({ op }) => op === 'DynamicQuantizeLinear' || op === 'DynamicQuantizeMatMul')
    .map(({ inputs }) => inputs[0]!);

const isProduct = ({ op, domain }: Node) => domain === '' && (op === 'MatMulInteger' || op === 'ConvInteger');

/** A convolution's zero points by output channel, and others, as they broadcast to its weights. */
function along(node: Node, zero: string, { edit, reshape }: Steps): string {
  const [, weights = '', , own = ''] = node.inputs;
  const rank = edit.known(weights)?.shape.length ?? 0;
  const many = (edit.known(own)?.data.length ?? 1) > 1;
  return node.op === 'ConvInteger' && many ? reshape(zero, [-1, ...Array(rank - 1).fill(1)]) : zero;
}

/** Rounds a sample to 255 steps between its smallest and largest value, 0 among them. The scale becomes 1. */
function scaledBySample(node: Node, batch: number, shape: readonly number[] = [], s: Steps): void {
  const { emit, transpose, reduce, min, max, sub, div, neg, clip, where, equal } = s;
  const [x] = node.inputs as [string];
  const [values, scale] = node.outputs as [string, string];
  const axis = Math.max(shape.indexOf(batch), 0);
  const others = shape.map((_, i) => i).filter((i) => i !== axis);
  const first = axis === 0 ? x : transpose(x, [axis, ...others]);
  const flat = emit('Flatten', [first], { axis: int(1) });
  const of = (op: string) => reduce(op, flat, [1], { keepdims: int(0) });
  const low = min(of('ReduceMin'), 0);
  const span = sub(max(of('ReduceMax'), 0), low);
  const step = where(equal(span, 0), 1, div(span, 255));
  const zero = emit('Cast', [clip(emit('Round', [div(neg(low), step)]), 0, 255)], {
    to: int(dataTypes.uint8),
  });
  const grid = [step, zero];
  const along = { axis: int(axis) };
  const rounded = s.edit.node('QuantizeLinear', [x, ...grid], s.edit.fresh(`${values}.rounded`), along);
  // Notes and errors about the rounding then name a node of the file.
  s.nodes.push({ ...rounded, name: node.name });
  emit('DequantizeLinear', [...rounded.outputs, ...grid], along, values);
  emit('Identity', [s.number(1)], {}, scale);
}
