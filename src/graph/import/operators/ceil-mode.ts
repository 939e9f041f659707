import { intOf, ints, intsOf } from '../../attributes.js';
import { is } from '../../catalogue/index.js';
import type { Graph, Node } from '../../graph.js';
import { changed, rewriteNodes } from '../../rewrite.js';
import { type WindowAxis, windowOf } from '../../rules/window.js';

/** The values whose shapes `padInsteadOfCeil` needs. */
export const needsWindows = (graph: Graph): string[] =>
  graph.nodes.filter(roundsUp).flatMap(({ inputs, outputs }) => [inputs[0]!, outputs[0]!]);

/**
 * Replaces the ceil mode of poolings by explicit padding. ONNX Runtime leaves out a window that begins in the
 * padding behind the input, but counts it in shape inference, and fails where the two shapes meet.
 */
export function padInsteadOfCeil(graph: Graph, lengths: ReadonlyMap<string, readonly number[]>): Graph {
  const shape = (value: string) => ({ dims: lengths.get(value)!, type: 'float32' });
  return rewriteNodes(graph, (node) => {
    const kernel = roundsUp(node) ? intsOf(node, 'kernel_shape') : undefined;
    if (!kernel) return node;
    const axes = windowOf(node, { shape }, kernel);
    const declared = intsOf(node, 'pads') ?? [];
    // With `count_include_pad`, a mean counts declared padding but not the ceil-mode padding behind it.
    const beyond = axes.some(({ padEnd }, i) => padEnd > (declared[axes.length + i] ?? 0));
    const counts = intOf(node, 'count_include_pad', 0) === 1 && declared.some((pad) => pad > 0);
    if (beyond && counts) return node;
    const fitted = counts ? axes : axes.map(withinInput);
    const pads = [
      ...fitted.map(({ padBegin }) => padBegin),
      ...fitted.map(({ padEnd }) => Math.max(0, padEnd)),
    ];
    return changed(node, {
      attributes: {
        kernel_shape: ints(fitted.map((axis) => axis.kernel)),
        strides: ints(fitted.map(({ stride }) => stride)),
        ...{ pads: ints(pads), auto_pad: undefined, ceil_mode: undefined },
        ...(!counts && { count_include_pad: undefined }),
      },
    });
  });
}

/** A single window, of a kernel that may be hundreds of times the input, ends with the input. */
function withinInput(axis: WindowAxis): WindowAxis {
  const kernel = Math.min(axis.kernel, axis.input + axis.padBegin);
  return axis.output === 1 && axis.dilation === 1 ? { ...axis, kernel, stride: 1, padEnd: 0 } : axis;
}

const roundsUp = (node: Node): boolean => is(node, 'pools', 'windows') && intOf(node, 'ceil_mode', 0) === 1;
