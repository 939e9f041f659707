import { intOf, intsOf } from '../../graph/attributes.js';
import { is } from '../../graph/catalogue/index.js';
import type { Graph, Node } from '../../graph/graph.js';
import { dependents } from '../../graph/order.js';
import { type WindowAxis, windowOf } from '../../graph/rules/window.js';
import { axisOf, type Shapes } from '../../graph/shapes.js';
import { sizeOf } from '../../tensor/tensor.js';
import { type Box, type Region, type Span, spansOf } from './regions.js';

/**
 * The part of a value that an input patch affects: the region with index `region`, along the height and
 * width axes `axes`.
 */
export interface Reach {
  readonly region: number;
  readonly axes: readonly [number, number];
}

export interface PatchPlan {
  readonly regions: readonly Region[];
  /** The values that are computed within their region only. */
  readonly reaches: ReadonlyMap<string, Reach>;
  /** The window parameters of the convolutions and poolings that compute these values. */
  readonly windows: ReadonlyMap<Node, readonly WindowAxis[]>;
  /** The remaining multiply-adds, as a fraction of a full pass. */
  readonly share: number;
  /** `share` plus the cost of slicing and pasting, as a fraction of a full pass. */
  readonly cost: number;
}

/** A region that covers more than this fraction of its map is computed in full. */
const worthwhile = 0.75;

/**
 * The cost of one paste and of each element that it copies, in multiply-adds of equal duration, measured
 * with ONNX Runtime on the CPU.
 */
const perPaste = 2e6;
const perValue = 50;

/**
 * Propagates the affected region of an input patch through the graph. Stops where the region covers most of
 * a map or an operator has no rule.
 */
export function planPatches(graph: Graph, shapes: Shapes, boxes: readonly Box[]): PatchPlan {
  const down = spansAlong(boxes, 0);
  const across = spansAlong(boxes, 1);
  const regions: Region[] = [{ kind: 'patch' }];
  const reaches = new Map<string, Reach>([[graph.inputs[0]!.name, { region: 0, axes: [2, 3] }]]);
  const windows = new Map<Node, readonly WindowAxis[]>();
  const reached = dependents(graph);
  const dims = (value: string) => shapes.get(value)!.dims;
  let [left, whole, pasting] = [0, 0, 0];
  for (const node of graph.nodes) {
    const moving = node.inputs.filter((value) => reached.has(value));
    if (moving.length === 0) continue;
    const work = workOf(node, dims);
    whole += work;
    const step = moving.every((value) => reaches.has(value))
      ? through(node, { shapes, reached, reaches, regions })
      : undefined;
    const share = step && shareOf(step, dims(node.outputs[0]!));
    left += work * (share ?? 1);
    if (!step || share! > worthwhile) continue;
    const widened = moving.filter((value) => reaches.get(value)!.region !== step.region);
    for (const value of widened) pasting += perPaste + perValue * share! * sizeOf(dims(value));
    if (regions.length === step.region) regions.push(step.added!);
    if (step.windows) windows.set(node, step.windows);
    reaches.set(node.outputs[0]!, { region: step.region, axes: step.axes });
  }
  return { regions, reaches, windows, share: left / whole, cost: (left + pasting) / whole };

  function shareOf({ region, added, axes: at }: Step, lengths: readonly number[]): number {
    const all = added ? [...regions, added] : regions;
    const covered = (spans: readonly Span[], axis: 0 | 1) =>
      spans.map((span) => {
        const [from, to] = spansOf(all, span, axis)[region]!;
        return (to - from) / lengths[at[axis]]!;
      });
    const [rows, columns] = [covered(down.spans, 0), covered(across.spans, 1)];
    const areas = boxes.map((_, i) => rows[down.of[i]!]! * columns[across.of[i]!]!);
    return areas.reduce((sum, one) => sum + one, 0) / boxes.length;
  }
}

/** The distinct spans of boxes along an axis, and which of them is that of each box. */
function spansAlong(boxes: readonly Box[], axis: 0 | 1) {
  const numbers = new Map<string, number>();
  const spans: Span[] = [];
  const of = boxes.map((box) => {
    const span = box[axis];
    const key = span.join();
    if (!numbers.has(key)) numbers.set(key, spans.push(span) - 1);
    return numbers.get(key)!;
  });
  return { spans, of };
}

interface Step extends Reach {
  /** The region, if it is new. */
  readonly added?: Region;
  readonly windows?: readonly WindowAxis[];
}

interface Known {
  readonly shapes: Shapes;
  readonly reached: ReadonlySet<string>;
  readonly reaches: ReadonlyMap<string, Reach>;
  readonly regions: readonly Region[];
}

/**
 * Propagates the region through `node`, whose changing inputs all have one; `undefined` when there is no
 * rule.
 */
function through(node: Node, known: Known): Step | undefined {
  const [x = ''] = node.inputs;
  const at = known.reaches.get(x);
  if (node.domain !== '' || node.outputs.length > 1) return undefined;
  if (is(node, 'makes')) return undefined;
  if (at && is(node, 'pointwise', 1)) return at;
  if (is(node, 'pointwise') || is(node, 'moves', 'joined')) return joined(node, known);
  if (!at || node.inputs.slice(1).some((value) => known.reached.has(value))) return undefined;
  if (node.op === 'Transpose') return transposed(node, at);
  return seen(node, at, known);
}

function joined(node: Node, { shapes, reached, reaches, regions }: Known): Step | undefined {
  const dims = shapes.get(node.outputs[0]!)!.dims;
  const found = node.inputs.flatMap((value) => reaches.get(value) ?? []);
  const [{ axes }] = found as [Reach];
  const rank = dims.length;
  if (
    node.op === 'Concat' &&
    (axes.includes(axisOf(intOf(node, 'axis', 0), rank)) || found.length < node.inputs.length)
  ) {
    return undefined;
  }
  const fits = node.inputs.every((value) => {
    if (value === '') return true;
    const own = shapes.get(value)!.dims;
    const at = reaches.get(value);
    return at
      ? own.length === rank && axes.every((axis, i) => at.axes[i] === axis && own[axis] === dims[axis])
      : !reached.has(value) && axes.every((axis) => (own[axis - rank + own.length] ?? 1) === 1);
  });
  if (!fits) return undefined;
  const of = [...new Set(found.map(({ region }) => region))];
  return of.length === 1
    ? { region: of[0]!, axes }
    : { region: regions.length, axes, added: { kind: 'joined', of } };
}

function transposed(node: Node, at: Reach): Step | undefined {
  const perm = intsOf(node, 'perm');
  const axes = perm && at.axes.map((axis) => perm.indexOf(axis));
  return axes && { region: at.region, axes: [axes[0]!, axes[1]!] };
}

function seen(node: Node, at: Reach, { shapes, regions }: Known): Step | undefined {
  if (at.axes.join() !== '2,3') return undefined;
  if (node.op === 'BatchNormalization') return at;
  const kernel =
    node.op === 'Conv' ? shapes.get(node.inputs[1]!)!.dims.slice(2) : intsOf(node, 'kernel_shape');
  if (!['Conv', 'MaxPool', 'AveragePool'].includes(node.op) || kernel?.length !== 2) return undefined;
  const windows = windowOf(node, { shape: (value) => shapes.get(value)! }, kernel);
  const padded = windows.some(({ padBegin, padEnd }) => padBegin > 0 || padEnd > 0);
  // Means at the border count fewer elements.
  const partial = intOf(node, 'count_include_pad', 0) === 0 || intOf(node, 'ceil_mode', 0) === 1;
  if (node.op === 'AveragePool' && padded && partial) return undefined;
  // A 1x1 window without padding reads only its own position.
  if (windows.every((w) => w.kernel === 1 && w.stride === 1 && w.padBegin === 0 && w.padEnd === 0)) return at;
  return { region: regions.length, axes: at.axes, added: { kind: 'seen', of: at.region, windows }, windows };
}

/** The multiply-adds of a node. Every other node counts as `perValue` for each output element. */
function workOf(node: Node, dims: (value: string) => readonly number[]): number {
  const made = sizeOf(dims(node.outputs[0]!));
  const [x = '', w = ''] = node.inputs;
  if (node.op === 'Conv') return made * sizeOf(dims(w).slice(1));
  if (node.op === 'MatMul') return made * dims(x).at(-1)!;
  if (node.op === 'Gemm') return made * dims(x)[intOf(node, 'transA', 0) === 1 ? 0 : 1]!;
  return made * perValue;
}
