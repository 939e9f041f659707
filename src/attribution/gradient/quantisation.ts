import { is } from '../../graph/catalogue/index.js';
import { numbers } from '../../graph/elements.js';
import type { Graph, Node } from '../../graph/graph.js';
import { producersOf, readOnlyFor } from '../../graph/order.js';

/** What belongs to the quantisations of a graph, by value. */
export interface Quantisation {
  /** Whether nothing reads a value but scales and zero points of quantisations. */
  isScale(value: string): boolean;
  /**
   * The number that stands for 0 among whole numbers: rounded values, of which some may have been added or
   * subtracted. NaN where it is computed or not the same everywhere; undefined of other values.
   */
  zeroOf(value: string): number | undefined;
}

export function quantisationOf(graph: Graph): Quantisation {
  const scales = scalesOf(graph);
  const producers = producersOf(graph);
  const constant = (value = '') => {
    const found = graph.initializers.get(value);
    const [first = Number.NaN, ...others] = found ? numbers(found) : [];
    return others.every((number) => number === first) ? first : Number.NaN;
  };
  /** What is added to scaled values before they are rounded. */
  const shift = (value: string): number => {
    const node = producers.get(value);
    const scaled = producers.get(node?.inputs[0] ?? '');
    if (!node || !isSum(node) || !scaled || !['Mul', 'Div'].includes(scaled.op)) return 0;
    return constant(node.inputs[1]) * (node.op === 'Sub' ? -1 : 1);
  };
  const zeroOf = (value: string): number | undefined => {
    const node = producers.get(value);
    if (node?.domain !== '') return undefined;
    const [x = '', y = '', zero] = node.inputs;
    if (node.op === 'Round') return shift(x);
    if (node.op === 'QuantizeLinear') return zero ? constant(zero) : 0;
    if (node.op === 'Cast' || is(node, 'moves', 'in-order')) return zeroOf(x);
    if (!isSum(node)) return undefined;
    const [first, second] = [zeroOf(x), zeroOf(y)];
    if (first === undefined && second === undefined) return undefined;
    return (first ?? constant(x)) + (second ?? constant(y)) * (node.op === 'Sub' ? -1 : 1);
  };
  return { isScale: (value) => scales.has(value), zeroOf };
}

const isSum = ({ op }: Node) => op === 'Add' || op === 'Sub';

/** The values that nothing reads but scales and zero points of quantisations. */
const scalesOf = (graph: Graph): ReadonlySet<string> =>
  readOnlyFor(graph, ({ op, inputs, outputs }, value, found) =>
    op === 'QuantizeLinear' || op === 'DequantizeLinear'
      ? inputs[0] !== value
      : outputs.every((output) => found.has(output)),
  );
