import { intOf, ints, intsOf } from '../attributes.js';
import { is } from '../catalogue/index.js';
import type { Graph, Node } from '../graph.js';
import { changed, rewriteNodes } from '../rewrite.js';
import { windowOf } from '../rules/window.js';

/** The values whose lengths `padInsteadOfCeil` needs. */
export const needsWindows = (graph: Graph): string[] =>
  graph.nodes.filter(roundsUp).flatMap(({ inputs, outputs }) => [inputs[0]!, outputs[0]!]);

/**
 * Writes what the last windows of poolings in ceil mode see behind the input as padding. ONNX Runtime leaves
 * out a window that begins there, but takes it to be there in what it infers of lengths, and fails where both
 * meet.
 */
export function padInsteadOfCeil(graph: Graph, lengths: ReadonlyMap<string, readonly number[]>): Graph {
  const shape = (value: string) => ({ dims: lengths.get(value)!, type: 'float32' });
  return rewriteNodes(graph, (node) => {
    const kernel = roundsUp(node) ? intsOf(node, 'kernel_shape') : undefined;
    if (!kernel) return node;
    const axes = windowOf(node, { shape }, kernel);
    const declared = intsOf(node, 'pads') ?? [];
    // A mean counts declared padding, but not what lies behind that.
    const beyond = axes.some(({ padEnd }, i) => padEnd > (declared[axes.length + i] ?? 0));
    if (beyond && intOf(node, 'count_include_pad', 0) === 1) return node;
    const pads = [...axes.map(({ padBegin }) => padBegin), ...axes.map(({ padEnd }) => Math.max(0, padEnd))];
    return changed(node, { attributes: { pads: ints(pads), auto_pad: undefined, ceil_mode: undefined } });
  });
}

const roundsUp = (node: Node): boolean => is(node, 'pools', 'windows') && intOf(node, 'ceil_mode', 0) === 1;
