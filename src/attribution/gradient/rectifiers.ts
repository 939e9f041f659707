import type { Builder } from '../../graph/builder.js';
import { numbers } from '../../graph/elements.js';
import type { Graph, Node } from '../../graph/graph.js';
import { nonNegativeValues } from '../../graph/signs.js';

export type Rectifies = (node: Node, walk: Pick<Builder, 'known'>) => boolean;

/**
 * Which nodes are ReLU, or ReLU6 as exporters write it: a clip that begins at 0, or a little above it where a
 * ReLU and a bound have become one. A clip of what is never negative, as of lengths that divide, or to [0,
 * 1], as of images and gates, rectifies nothing.
 */
export function rectifiersOf(graph: Graph): Rectifies {
  const nonNegative = nonNegativeValues(graph);
  return ({ op, domain, inputs: [x, low, high] }, { known }) => {
    if (domain !== '') return false;
    if (op === 'Relu') return true;
    if (op !== 'Clip' || nonNegative.has(x!)) return false;
    const bound = (value = '') => {
      const constant = known(value);
      return constant && numbers(constant)[0];
    };
    return (bound(low) ?? -1) >= 0 && (!high || (bound(high) ?? 0) > 1);
  };
}
