import { intOf } from './attributes.js';
import { is } from './catalogue/index.js';
import { wholeRanges } from './element-types.js';
import { numbers } from './elements.js';
import type { Constant, Graph, Node } from './graph.js';

/** What is known of the whole numbers of a quantisation. */
interface Whole {
  /** They are at least this. */
  readonly least: number;
  /** The scale and zero point that made them of values that are nowhere negative. */
  readonly grid?: string;
}

/** The whole numbers of a graph's quantisations by name, as far as their signs are followed. */
export type Wholes = Map<string, Whole>;

type IsAbove = (value: string | undefined) => boolean;

/** Follows whole numbers through a node. `isAbove` tells floats that are nowhere negative. */
export function followWholes(node: Node, wholes: Wholes, isAbove: IsAbove, graph: Graph): void {
  const found = wholeOf(node, wholes, isAbove, graph);
  const made = is(node, 'moves') ? node.outputs : node.outputs.slice(0, 1);
  if (found) for (const value of made) wholes.set(value, found);
}

function wholeOf(node: Node, wholes: Wholes, isAbove: IsAbove, graph: Graph): Whole | undefined {
  if (node.domain !== '') return undefined;
  const [x = '', scale = ''] = node.inputs;
  if (node.op === 'DynamicQuantizeLinear')
    return { least: 0, ...(isAbove(x) && { grid: gridOf(node, node.outputs) }) };
  if (node.op === 'QuantizeLinear') {
    const zero = zeroOf(node, graph);
    const first = zero === undefined ? -Infinity : (wholeRanges[zero.type]?.[0] ?? -Infinity);
    const isFromZero = isAbove(x) && isAbove(scale) && zero !== undefined;
    return {
      least: isFromZero ? Math.max(first, leastIn(zero)) : first,
      ...(isAbove(x) && { grid: gridOf(node, node.inputs) }),
    };
  }
  if (is(node, 'moves', 'joined')) {
    const all = node.inputs.map((value) => wholes.get(value)?.least);
    return all.includes(undefined) ? undefined : { least: Math.min(...(all as number[])) };
  }
  const keeps = is(node, 'moves') || node.op === 'Identity' || node.op === 'MaxPool';
  return keeps ? wholes.get(x) : undefined;
}

/** Whether what whole numbers stand for is nowhere negative. */
export function standsAbove(node: Node, wholes: Wholes, isAbove: IsAbove, graph: Graph): boolean {
  const [x = '', scale = ''] = node.inputs;
  const constant = graph.initializers.get(x);
  const whole = wholes.get(x) ?? (constant && { least: leastIn(constant) });
  if (!whole) return false;
  if (whole.grid !== undefined && whole.grid === gridOf(node, node.inputs)) return true;
  const zero = zeroOf(node, graph);
  return zero !== undefined && isAbove(scale) && whole.least >= Math.max(...numbers(zero));
}

/** Scale and zero point by name, with the axis that they are along. */
const gridOf = (node: Node, [, scale, zero = '']: readonly string[]): string =>
  [scale, zero, node.op === 'DynamicQuantizeLinear' ? 1 : intOf(node, 'axis', 1)].join(' ');

/** The zero point, 0 where there is none; undefined where it is computed or its type is not told. */
function zeroOf(node: Node, graph: Graph): Constant | undefined {
  const zero = node.inputs[2];
  if (zero) return graph.initializers.get(zero);
  const isStated = node.op === 'QuantizeLinear' && intOf(node, 'output_dtype', 0) !== 0;
  return isStated ? undefined : { type: 'uint8', data: Uint8Array.of(0), shape: [] };
}

const leastIn = (constant: Constant): number => numbers(constant).reduce((a, b) => Math.min(a, b), Infinity);
