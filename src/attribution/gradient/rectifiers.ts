import { groupBy } from '../../base/groups.js';
import type { Builder } from '../../graph/builder.js';
import { wholeRanges } from '../../graph/element-types.js';
import { numbers } from '../../graph/elements.js';
import { type Constant, type Graph, type Node, sourceOf } from '../../graph/graph.js';
import { nonNegativeValues } from '../../graph/signs.js';
import type { Classifier } from '../../model/classifier.js';
import { onTheWay } from '../../model/on-the-way.js';
import { type Activation, activationsOf } from './activations.js';
import { quantisationOf } from './quantisation.js';
import { underRoots } from './under-roots.js';

export type Rectifies = (node: Node, walk: Pick<Builder, 'known'>) => boolean;

/**
 * Finds the rectifiers of a graph: Relu; Clip with a lower bound of 0 (as exporters write ReLU6) or slightly
 * above it (a ReLU merged with another bound); QuantizeLinear whose zero point is the smallest integer, into
 * which quantisation has merged a ReLU, or a Clip of rounded values at the number that stands for 0. A Clip
 * of nonnegative values, or one to [0, 1] (images, gates), is not a rectifier, nor is what only bounds the
 * scale of a quantisation, or what keeps a variance from being negative and is not written as a Relu.
 */
export function rectifiersOf(graph: Graph): Rectifies {
  const nonNegative = nonNegativeValues(graph);
  const { isScale, zeroOf } = quantisationOf(graph);
  const roots = underRoots(graph);
  return (node, { known }) => {
    const { op, domain, inputs, outputs } = node;
    const [x, low, high] = inputs;
    if (domain !== '' || outputs.every(isScale)) return false;
    if (sourceOf(node).op !== 'Relu' && outputs.every((output) => roots.has(output))) return false;
    if (op === 'Relu') return true;
    if (op === 'QuantizeLinear') return !nonNegative.has(x!) && startsAtZero(known(high ?? ''));
    if (op !== 'Clip' || nonNegative.has(x!)) return false;
    const bound = (value = '') => {
      const constant = known(value);
      return constant && numbers(constant)[0];
    };
    const zero = zeroOf(x!) ?? 0;
    return (bound(low) ?? -Infinity) >= zero && (!high || (bound(high) ?? -Infinity) > zero + 1);
  };
}

/** Whether the zero point is the smallest number of its type. */
function startsAtZero(zero: Constant | undefined): boolean {
  if (!zero) return false;
  const least = wholeRanges[zero.type]?.[0] ?? 0;
  return numbers(zero).every((value) => value === least);
}

/** The notes of methods that change the gradient of rectifiers alone: what other activations do. */
export function rectifierNotes(model: Classifier): readonly string[] {
  const rectifies = rectifiersOf(model.graph);
  const { initializers } = model.graph;
  const isRectifier = (node: Node) => rectifies(node, { known: (value) => initializers.get(value) });
  const { nodes } = onTheWay(model);
  if (!nodes.some(isRectifier)) return ['the model has no ReLU or ReLU6: the map is the gradient'];
  const { isScale, zeroOf } = quantisationOf(model.graph);
  const quantises = ({ op, inputs: [x = ''], outputs }: Node) =>
    outputs.every(isScale) || (op === 'Clip' && zeroOf(x) !== undefined);
  const others = activationsOf(model.graph, nodes, (node) => isRectifier(node) || quantises(node));
  const holds = ({ inner }: Activation) => inner.some(isRectifier);
  const holding = others.filter(holds);
  const kept = others.filter((one) => !holds(one));
  return [
    ...(kept.length > 0
      ? [
          `only ReLU and ReLU6 are changed on the way back; other activations keep their own gradient: ${counts(kept)}`,
        ]
      : []),
    ...(holding.length > 0
      ? [`the ReLU or ReLU6 within these is changed on the way back as any other: ${counts(holding)}`]
      : []),
  ];
}

/** How many activations there are by their names, each with its first node in the file. */
function counts(activations: readonly Activation[]): string {
  const named = groupBy(activations, ({ name }) => name);
  return [...named]
    .map(([name, [first, ...others]]) => {
      const node = `node '${sourceOf(first!.node).name}'`;
      return others.length === 0 ? `${name} (${node})` : `${others.length + 1} ${name} (first ${node})`;
    })
    .join(', ');
}
