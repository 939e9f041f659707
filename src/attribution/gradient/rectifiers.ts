import type { Builder } from '../../graph/builder.js';
import { wholeRanges } from '../../graph/element-types.js';
import { numbers } from '../../graph/elements.js';
import type { Constant, Graph, Node } from '../../graph/graph.js';
import { readersOf } from '../../graph/order.js';
import { nonNegativeValues } from '../../graph/signs.js';
import type { Classifier } from '../../model/classifier.js';
import { onTheWay } from '../../model/on-the-way.js';

export type Rectifies = (node: Node, walk: Pick<Builder, 'known'>) => boolean;

/**
 * Finds the rectifiers of a graph: Relu; Clip with a lower bound of 0 (as exporters write ReLU6) or slightly
 * above it (a ReLU merged with another bound); QuantizeLinear whose zero point is the smallest integer, into
 * which quantisation has merged a ReLU. A Clip of nonnegative values, or one to [0, 1] (images, gates), is
 * not a rectifier, nor is what only bounds the scale of a quantisation.
 */
export function rectifiersOf(graph: Graph): Rectifies {
  const nonNegative = nonNegativeValues(graph);
  const scales = scalesOf(graph);
  return ({ op, domain, inputs: [x, low, high], outputs }, { known }) => {
    if (domain !== '' || outputs.every((output) => scales.has(output))) return false;
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

/** The values that nothing reads but scales and zero points of quantisations. */
function scalesOf(graph: Graph): ReadonlySet<string> {
  const found = new Set<string>();
  const readers = readersOf(graph);
  const isScale = (value: string) =>
    readers.has(value) &&
    readers.get(value)!.every((reader) => {
      const isQuantiser = reader.op === 'QuantizeLinear' || reader.op === 'DequantizeLinear';
      return isQuantiser ? reader.inputs[0] !== value : reader.outputs.every((output) => found.has(output));
    });
  const shown = new Set(graph.outputs.map(({ name }) => name));
  for (const { outputs } of graph.nodes.toReversed())
    for (const output of outputs) if (!shown.has(output) && isScale(output)) found.add(output);
  return found;
}

/** Whether the zero point is the smallest number of its type. */
function startsAtZero(zero: Constant | undefined): boolean {
  if (!zero) return false;
  const least = wholeRanges[zero.type]?.[0] ?? 0;
  return numbers(zero).every((value) => value === least);
}

/** The note for a model without rectifiers, for methods that change their gradient. */
export function withoutRectifiers(model: Classifier): readonly string[] {
  const isRectifier = rectifiersOf(model.graph);
  const { initializers } = model.graph;
  const found = onTheWay(model).nodes.some((node) =>
    isRectifier(node, { known: (value) => initializers.get(value) }),
  );
  return found ? [] : ['the model has no ReLU or ReLU6: the map is the gradient'];
}
