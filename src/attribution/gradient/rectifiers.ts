import type { Builder } from '../../graph/builder.js';
import { numbers } from '../../graph/elements.js';
import type { Constant, Graph, Node } from '../../graph/graph.js';
import { nonNegativeValues } from '../../graph/signs.js';

export type Rectifies = (node: Node, walk: Pick<Builder, 'known'>) => boolean;

/**
 * Which nodes are ReLU, or ReLU6 as exporters write it: a clip that begins at 0, or a little above it where a
 * ReLU and a bound have become one. A clip of what is never negative, as of lengths that divide, or to [0,
 * 1], as of images and gates, rectifies nothing. A ReLU that quantising has swallowed is one: its least
 * number is zero.
 */
export function rectifiersOf(graph: Graph): Rectifies {
  const nonNegative = nonNegativeValues(graph);
  return ({ op, domain, inputs: [x, low, high] }, { known }) => {
    if (domain !== '') return false;
    if (op === 'Relu') return true;
    if (op === 'QuantizeLinear') return !nonNegative.has(x!) && startsAtZero(known(high ?? ''));
    if (op !== 'Clip' || nonNegative.has(x!)) return false;
    const bound = (value = '') => {
      const constant = known(value);
      return constant && numbers(constant)[0];
    };
    return (bound(low) ?? -1) >= 0 && (!high || (bound(high) ?? 0) > 1);
  };
}

/** Whether the zero point of quantised values is their type's smallest number. */
function startsAtZero(zero: Constant | undefined): boolean {
  if (!zero) return false;
  const least = { int8: -128, int16: -32768 }[zero.type as string] ?? 0;
  return numbers(zero).every((value) => value === least);
}

/** The note of a method that changes rectifiers, for a model without any. */
export function withoutRectifiers(graph: Graph): readonly string[] {
  const isRectifier = rectifiersOf(graph);
  const { initializers } = graph;
  const found = graph.nodes.some((node) => isRectifier(node, { known: (value) => initializers.get(value) }));
  return found ? [] : ['the model has no ReLU or ReLU6: the map is the gradient'];
}
