import { intOf, string } from '../../attributes.js';
import { int64, numbers } from '../../elements.js';
import type { Graph, Node } from '../../graph.js';
import { producersOf } from '../../order.js';
import { rewriteNodes } from '../../rewrite.js';
import { withoutUnused } from '../../tidy.js';

/** Ends of slices from here on are the end of an axis. */
const FAR = 2 ** 31 - 1;

/**
 * Writes a map between its own last and first rows or columns as the padding that it is: so PyTorch exports
 * circular padding.
 */
export function wrappedPads(graph: Graph): Graph {
  const producers = producersOf(graph);
  const held = (value: string | undefined) => {
    const constant = graph.initializers.get(value ?? '');
    return constant?.data.length === 1 ? numbers(constant)[0] : undefined;
  };
  /** The elements that a slice takes of a value along an axis: from `start` up to `end`. */
  const cut = (part: string, value: string, axis: number) => {
    const node = producers.get(part);
    const [of, start, end, at, step] = node?.inputs ?? [];
    if (node?.op !== 'Slice' || of !== value || held(at) !== axis) return undefined;
    if (step && held(step) !== 1) return undefined;
    return { start: held(start), end: held(end) };
  };
  const lastOf = (part: string, value: string, axis: number) => {
    const { start = 0, end = 0 } = cut(part, value, axis) ?? {};
    return start < 0 && end >= FAR ? -start : undefined;
  };
  const firstOf = (part: string, value: string, axis: number) => {
    const { start, end = 0 } = cut(part, value, axis) ?? {};
    return start === 0 && end > 0 && end < FAR ? end : undefined;
  };
  const amounts = (node: Node) => {
    const [last = '', value = '', first = '', ...more] = node.inputs;
    const axis = intOf(node, 'axis', 0);
    if (node.op !== 'Concat' || node.domain !== '' || more.length > 0) return undefined;
    const [before, behind] = [lastOf(last, value, axis), firstOf(first, value, axis)];
    return before && behind ? { value, axis, pads: [before, behind] } : undefined;
  };
  return withoutUnused(
    rewriteNodes(graph, (node, edit) => {
      const found = amounts(node);
      if (!found) return node;
      const [pads, axes] = [found.pads, [found.axis]].map((values) => edit.constant(int64(values)));
      const inputs = [found.value, pads!, '', axes!];
      return edit.node('Pad', inputs, node.outputs[0]!, { mode: string('wrap') });
    }),
  );
}
