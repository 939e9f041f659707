import { int, intOf, intsOf } from '../../../graph/attributes.js';
import { int64, numbers } from '../../../graph/elements.js';
import type { Graph, Node, Value } from '../../../graph/graph.js';
import { producersOf } from '../../../graph/order.js';
import { withoutUnused } from '../../../graph/tidy.js';
import { domain, type Writer } from './layout.js';
import type { Outline } from './outlines.js';

/** The filter gradients among the convolutions of a graph, which read image and dy as they were. */
export interface FilterGradients {
  readonly graph: Graph;
  readonly found: ReadonlySet<Node>;
}

/**
 * Finds the filter gradients of convolutions by channel: convolutions of `[1, C N, H, W]` by dy as
 * `[C, N, H', W']`, in C groups. Each reads `[N, C, H, W]` and `[N, C, H', W']` from then on, without the
 * transpositions.
 */
export function filterGradients(
  graph: Graph,
  outlines: ReadonlyMap<string, Outline>,
  block: number,
): FilterGradients {
  const producers = producersOf(graph);
  const turned = (value: string) => {
    const node = producers.get(value);
    return node?.op === 'Transpose' && intsOf(node, 'perm')?.join() === '1,0,2,3'
      ? node.inputs[0]
      : undefined;
  };
  const lengths = (value: string) => outlines.get(value)?.lengths ?? [];
  const inBlocks = (value: string, groups: number) =>
    lengths(value).length === 4 && lengths(value)[1] === groups && groups % block === 0;
  /** x `[N, C, H, W]` of an image `[1, C N, H, W]`. */
  const unstacked = (image: string) => {
    const node = producers.get(image);
    const shape = node?.op === 'Reshape' ? graph.initializers.get(node.inputs[1]!) : undefined;
    const x = shape && turned(node!.inputs[0]!);
    if (x === undefined) return undefined;
    const [samples, , ...area] = numbers(shape!);
    return samples === 1 && area.join() === lengths(x).slice(2).join() ? x : undefined;
  };
  const found = new Set<Node>();
  const nodes = graph.nodes.map((node) => {
    if (node.op !== 'Conv' || node.inputs.length !== 2) return node;
    const [x, dy] = [unstacked(node.inputs[0]!), turned(node.inputs[1]!)];
    const groups = intOf(node, 'group', 1);
    if (x === undefined || dy === undefined || !inBlocks(x, groups) || !inBlocks(dy, groups)) return node;
    const direct = { ...node, inputs: [x, dy] };
    found.add(direct);
    return direct;
  });
  return { graph: found.size > 0 ? withoutUnused({ ...graph, nodes }) : graph, found };
}

/**
 * A filter gradient as a sum over the samples, one convolution in NCHWc for each: its kernel takes whole
 * blocks of channels at once, a tenth of the time of as many groups.
 */
export const filterGradient: Writer = (node, layout) => {
  const { edit } = layout;
  const channels = intOf(node, 'group', 1);
  const [y] = node.outputs as [string];
  const named = (part: string) => edit.fresh(`${y}.${part}`);
  const within = (['x', 'dy', 'dw'] as const).map((part): Value => ({ name: named(part), type: 'float32' }));
  const [image, kernel, taps] = within as [Value, Value, Value];
  const body: Graph = {
    name: named('sample'),
    opsets: {},
    inputs: [image, kernel],
    outputs: [taps],
    initializers: new Map(),
    metadata: {},
    nodes: [
      { ...node, domain, name: named('conv'), inputs: [image.name, kernel.name], outputs: [taps.name] },
    ],
  };
  const apart = (value: string, axis: number) => {
    const made = named('apart');
    layout.add(edit.node('Unsqueeze', [layout.blocked(value), edit.constant(int64([axis]))], made));
    return made;
  };
  const [x, dy] = node.inputs as [string, string];
  const all = named('samples');
  layout.add(
    edit.node('Scan', [apart(x, 1), apart(dy, 2)], all, {
      body: { kind: 'graph', value: body },
      num_scan_inputs: int(2),
    }),
  );
  const sum = layout.makeBlocked(y, channels);
  layout.add(edit.node('ReduceSum', [all, edit.constant(int64([0]))], sum, { keepdims: int(0) }));
  return true;
};
