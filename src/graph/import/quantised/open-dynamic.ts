import { int } from '../../attributes.js';
import type { Graph, Node } from '../../graph.js';
import { rewriteNodes } from '../../rewrite.js';
import { dataTypes } from '../../schema.js';
import { type Steps, steps } from '../../steps.js';

/**
 * Rewrites products of dynamically quantised values as products of what these dequantise to, with a scale for
 * each sample: the file's own numbers for a batch of one, where the file itself scales a batch as a whole.
 * Values that other operators read are left as they are. `placed` tells where the samples of a value lie that
 * `needsSamples` names.
 */
export function openDynamic(graph: Graph, placed: (value: string) => Samples = () => rows): Graph {
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
    if (opened.includes(node)) scaledBySample(node, placed(node.inputs[0]!), s);
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

/** Where the samples of a batch lie in a value. */
interface Samples {
  readonly axis: number;
  /** The value's shape in some batch; not needed where each sample has one place along the first axis. */
  readonly shape: readonly number[];
  /** How many places along the axis each sample has, one after another: its frames, tokens or windows. */
  readonly each: number;
}

const rows: Samples = { axis: 0, shape: [], each: 1 };

/** Where samples lie in a value that has one shape in a batch of `batch` and another in twice as many. */
export function samplesIn(batch: number, shape?: readonly number[], doubled?: readonly number[]): Samples {
  if (shape === undefined) return rows;
  // In front of a convolution an axis of one may be its channels.
  const found = doubled
    ? shape.findIndex((length, i) => length !== doubled[i])
    : shape.length > 3
      ? 0
      : shape.indexOf(batch);
  const axis = Math.max(found, 0);
  const each = shape[axis]! / batch;
  return { axis, shape, each: Number.isInteger(each) ? each : 1 };
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
function scaledBySample(node: Node, { axis, shape, each }: Samples, s: Steps): void {
  const { emit, transpose, reshape, reduce, min, max, sub, div, neg, clip, where, equal } = s;
  const [x] = node.inputs as [string];
  const [values, scale] = node.outputs as [string, string];
  const others = shape.map((_, i) => i).filter((i) => i !== axis);
  const first = axis === 0 ? x : transpose(x, [axis, ...others]);
  const size = each * others.reduce((product, i) => product * shape[i]!, 1);
  const flat = each === 1 ? emit('Flatten', [first], { axis: int(1) }) : reshape(first, [-1, size]);
  const of = (op: string) => reduce(op, flat, [1], { keepdims: int(0) });
  const low = min(of('ReduceMin'), 0);
  const span = sub(max(of('ReduceMax'), 0), low);
  const step = where(equal(span, 0), 1, div(span, 255));
  const zero = emit('Cast', [clip(emit('Round', [div(neg(low), step)]), 0, 255)], {
    to: int(dataTypes.uint8),
  });
  const ofPlaces = (value: string) =>
    each === 1 ? value : reshape(emit('Expand', [reshape(value, [-1, 1]), s.whole(1, each)]), [-1]);
  const grid = [ofPlaces(step), ofPlaces(zero)];
  const along = { axis: int(axis) };
  const rounded = s.edit.node('QuantizeLinear', [x, ...grid], s.edit.fresh(`${values}.rounded`), along);
  // Notes and errors about the rounding then name a node of the file.
  s.nodes.push({ ...rounded, name: node.name });
  emit('DequantizeLinear', [...rounded.outputs, ...grid], along, values);
  emit('Identity', [s.number(1)], {}, scale);
}
