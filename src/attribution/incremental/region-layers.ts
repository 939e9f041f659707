import { ints } from '../../graph/attributes.js';
import type { Builder } from '../../graph/builder.js';
import { int64, scalar } from '../../graph/elements.js';
import type { Constant, Graph, Node } from '../../graph/graph.js';
import { changed } from '../../graph/rewrite.js';
import type { WindowAxis } from '../../graph/rules/window.js';
import type { BoxOf, Cuts } from './cuts.js';
import type { PatchPlan, Reach } from './plan.js';
import { type Box, hull, needOf, type Span } from './regions.js';

export interface RegionLayers {
  /** For each value of the plan, the name of its part within the region. */
  readonly parts: ReadonlyMap<string, string>;
  /** Copies of the constants that the nodes of the regions read. */
  readonly own: ReadonlyMap<string, Constant>;
  /** The added nodes that do not depend on the patch. */
  readonly beside: ReadonlySet<string>;
}

/**
 * Adds nodes that compute the values of `plan` within their regions, with the surroundings from the pass
 * without a patch.
 */
export function regionLayers(
  builder: Builder,
  graph: Graph,
  { reaches, windows }: PatchPlan,
  contents: { readonly patch: string; readonly parts?: string },
  { cut, paste, number }: Cuts,
): RegionLayers {
  const parts = new Map<string, string>();
  const own = new Map<string, Constant>();
  const beside = new Set<string>();
  const made = new Map<string, string>();
  const once = (key: string, make: () => string) => {
    const found = made.get(key) ?? make();
    made.set(key, found);
    return found;
  };

  // ONNX Runtime pre-packs the weights of a subgraph only when they are its own initializers.
  const ownWeight = (value: string) => {
    const constant = graph.initializers.get(value);
    if (!constant) return value;
    own.set(`sl.own.${value}`, constant);
    return `sl.own.${value}`;
  };

  const padded = (value: string, fill: number, moves: readonly WindowAxis[]) => {
    const pads = [...moves.map((m) => m.padBegin), ...moves.map((m) => Math.max(0, m.padEnd))];
    if (pads.every((pad) => pad === 0)) return value;
    return once(`${value} ${pads} ${fill}`, () => {
      const [by, filling] = [
        builder.constant(int64([0, 0, ...pads.slice(0, 2), 0, 0, ...pads.slice(2)])),
        builder.constant(scalar(fill)),
      ];
      const name = builder.emit('Pad', [value, by, filling]);
      beside.add(name);
      return name;
    });
  };

  const windowed = (node: Node, moves: readonly WindowAxis[]) => {
    const [x = '', ...weights] = node.inputs;
    const from = reaches.get(x)!;
    const to = reaches.get(node.outputs[0]!)!;
    const fill = node.op === 'MaxPool' ? lowest : 0;
    const inner: BoxOf = (boxes) => both((axis) => shifted(boxes[from.region]![axis], moves[axis]!.padBegin));
    const need: BoxOf = (boxes) => both((axis) => needOf(moves[axis]!, boxes[to.region]![axis]));
    const outer: BoxOf = (boxes) => both((axis) => hull([inner(boxes)[axis], need(boxes)[axis]]));
    const seen = once(JSON.stringify([x, fill, moves]), () => {
      const pasted = paste(padded(x, fill, moves), parts.get(x)!, inner, outer, from.axes);
      if (!moves.some(skips)) return pasted;
      const read: BoxOf = (boxes) => both((axis) => shifted(need(boxes)[axis], -outer(boxes)[axis][0]));
      return cut(pasted, read, from.axes);
    });
    const plain = changed(node, {
      attributes: { pads: ints([0, 0, 0, 0]), auto_pad: undefined, ceil_mode: undefined },
    });
    return builder.repeat(plain, [seen, ...weights.map(ownWeight)])[0]!;
  };

  const boxOf =
    ({ region }: Reach): BoxOf =>
    (boxes) =>
      boxes[region]!;
  const widened = (value: string, from: Reach, to: Reach) =>
    once(`${value} in ${to.region}`, () =>
      paste(value, parts.get(value)!, boxOf(from), boxOf(to), from.axes),
    );

  const joined = (node: Node) => {
    const to = reaches.get(node.outputs[0]!)!;
    const inputs = node.inputs.map((value) => {
      const from = reaches.get(value);
      if (!from) return ownWeight(value);
      return from.region === to.region ? parts.get(value)! : widened(value, from, to);
    });
    return builder.repeat(node, inputs)[0]!;
  };

  const first = graph.inputs[0]!.name;
  const start = reaches.get(first)!;
  const shown = cut(contents.patch, boxOf(start), start.axes);
  parts.set(first, contents.parts ? ofPart(contents.parts) : shown);
  function ofPart(labels: string) {
    const isOwn = builder.emit('Equal', [cut(labels, boxOf(start), start.axes), number()]);
    return builder.emit('Where', [isOwn, shown, cut(first, boxOf(start), start.axes)]);
  }
  for (const node of graph.nodes) {
    if (!reaches.has(node.outputs[0]!)) continue;
    const moves = windows.get(node);
    parts.set(node.outputs[0]!, moves ? windowed(node, moves) : joined(node));
  }
  return { parts, own, beside };
}

/** The padding value of a max pooling: the lowest float32. */
const lowest = -3.4028234663852886e38;

const both = (span: (axis: 0 | 1) => Span): Box => [span(0), span(1)];
const shifted = ([from, to]: Span, by: number): Span => [from + by, to + by];

/** Whether some inputs are read by no window. */
const skips = ({ kernel, stride, dilation, padEnd }: WindowAxis) =>
  padEnd < 0 || stride > (kernel - 1) * dilation + 1;
