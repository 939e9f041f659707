import { intOf, intsOf } from '../../graph/attributes.js';
import { is } from '../../graph/catalogue/index.js';
import { numbers } from '../../graph/elements.js';
import type { Graph, Node } from '../../graph/graph.js';
import { axisOf, type Shapes } from '../../graph/shapes.js';
import { sizeOf } from '../../tensor/tensor.js';

/** The position that each element of a value comes from. */
interface Places {
  readonly dims: readonly number[];
  readonly at: Int32Array;
}

/**
 * Whether a map's positions, on axes `space`, become tokens row by row. Follows what only moves elements, as
 * far as `before` goes.
 */
export function keepsRows(
  graph: Graph,
  shapes: Shapes,
  map: string,
  space: readonly number[],
  before: ReadonlySet<string>,
): boolean {
  const { dims } = shapes.get(map)!;
  const strides = space.map((axis, i) => [axis, sizeOf(space.slice(i + 1).map((a) => dims[a]!))] as const);
  let places = indexed(dims, (index) =>
    strides.reduce((place, [axis, stride]) => place + index[axis]! * stride, 0),
  );
  for (let value = map; ; ) {
    const node = graph.nodes.find(
      ({ inputs, outputs }) => inputs[0] === value && before.has(outputs[0] ?? '') && outputs.length === 1,
    );
    const moved = node && movedBy(node, places, graph, shapes);
    if (!moved) return ascends(places);
    places = moved;
    value = node.outputs[0]!;
  }
}

function movedBy(node: Node, { dims, at }: Places, graph: Graph, shapes: Shapes): Places | undefined {
  const to = shapes.get(node.outputs[0]!)!.dims;
  if (is(node, 'moves', 'in-order') && sizeOf(to) === at.length) return { dims: to, at };
  const strides = dims.map((_, axis) => sizeOf(dims.slice(axis + 1)));
  if (node.op === 'Transpose') {
    const order = intsOf(node, 'perm') ?? dims.map((_, i) => dims.length - 1 - i);
    return indexed(to, (index) => at[index.reduce((from, i, axis) => from + i * strides[order[axis]!]!, 0)]!);
  }
  const given = (input: number) => {
    const held = graph.initializers.get(node.inputs[input] ?? '');
    return held && [...numbers(held)];
  };
  const along = (axis: number, place: (i: number) => number) =>
    indexed(
      to,
      (index) => at[index.reduce((from, i, a) => from + (a === axis ? place(i) : i) * strides[a]!, 0)]!,
    );
  const [list, step] = [given(1), given(4)?.[0] ?? 1];
  if (list?.length !== (node.op === 'Gather' ? to[axisOf(intOf(node, 'axis', 0), dims.length)] : 1))
    return undefined;
  if (node.op === 'Gather') {
    const axis = axisOf(intOf(node, 'axis', 0), dims.length);
    return along(axis, (i) => axisOf(list![i]!, dims[axis]!));
  }
  if (node.op !== 'Slice') return undefined;
  const axis = axisOf(given(3)?.[0] ?? 0, dims.length);
  const first = Math.min(axisOf(list![0]!, dims[axis]!), dims[axis]! - 1);
  return along(axis, (i) => first + i * step);
}

/** Whether positions ascend along the first axis of three on which they differ: that of the tokens. */
function ascends({ dims, at }: Places): boolean {
  if (dims.length !== 3) return true;
  for (const [axis, length] of dims.entries()) {
    const stride = sizeOf(dims.slice(axis + 1));
    const along = Array.from({ length }, (_, i) => at[i * stride]!);
    if (axis > 0 && along.some((place) => place !== along[0]))
      return along.every((place, i) => i === 0 || place >= along[i - 1]!);
  }
  return true;
}

/** Places of all elements of a shape, by their index. */
function indexed(dims: readonly number[], place: (index: readonly number[]) => number): Places {
  const index = dims.map(() => 0);
  const at = Int32Array.from({ length: sizeOf(dims) }, () => {
    const found = place(index);
    for (let axis = dims.length - 1; axis >= 0 && ++index[axis]! === dims[axis]; axis--) index[axis] = 0;
    return found;
  });
  return { dims, at };
}
