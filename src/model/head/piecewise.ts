import { tensorOf } from '../../graph/attributes.js';
import { numbers, scalar } from '../../graph/elements.js';
import type { Constant, Graph, Node } from '../../graph/graph.js';
import { constant } from './lookup.js';

const arithmetic: Readonly<Record<string, (...values: number[]) => number>> = {
  Add: (a, b) => a! + b!,
  Sub: (a, b) => a! - b!,
  Mul: (a, b) => a! * b!,
  Div: (a, b) => a! / b!,
  Neg: (a) => -a!,
  Identity: (a) => a!,
  Min: Math.min,
  Max: Math.max,
  Less: (a, b) => Number(a! < b!),
  LessOrEqual: (a, b) => Number(a! <= b!),
  Greater: (a, b) => Number(a! > b!),
  GreaterOrEqual: (a, b) => Number(a! >= b!),
  IsNaN: (a) => Number(Number.isNaN(a)),
  Not: (a) => Number(a === 0),
  And: (a, b) => Number(a !== 0 && b !== 0),
  Or: (a, b) => Number(a !== 0 || b !== 0),
  Expand: (a) => a!,
  Where: (c, a, b) => (c === 0 ? b! : a!),
};

/** The values that the elements of a node's output are computed from. */
const readBy = ({ op, inputs }: Node) => (op === 'Expand' ? inputs.slice(0, 1) : inputs);

/** The constant that a value is, or with which it is filled. */
function constantIn(graph: Graph, value: string, producers: ReadonlyMap<string, Node>): Constant | undefined {
  const filled = producers.get(value);
  return filled?.op === 'ConstantOfShape' ? (tensorOf(filled, 'value') ?? scalar(0)) : constant(graph, value);
}

/** Parts of the range from 0 to 1 that a piecewise function is evaluated at. */
const PARTS = 256;

/**
 * What a Where makes of numbers from 0 to 1 by constants alone, such as a probability that is set against the
 * operating point of its class: the least and the greatest value over all numbers, or nothing where another
 * value has part in it. `isSource` tells whether a value lies from 0 to 1.
 */
export function piecewiseRange(
  graph: Graph,
  value: string,
  producers: ReadonlyMap<string, Node>,
  isSource: (value: string) => boolean,
): readonly [low: number, high: number] | undefined {
  const source = sourceOf(graph, value, producers);
  if (source === undefined || !isSource(source)) return undefined;
  const at = (made: string, p: number, known: Map<string, readonly number[]>): readonly number[] => {
    const found = known.get(made) ?? compute(made, p, known);
    known.set(made, found);
    return found;
  };
  const compute = (made: string, p: number, known: Map<string, readonly number[]>): readonly number[] => {
    if (made === source) return [p];
    const held = constantIn(graph, made, producers);
    if (held) return numbers(held);
    const node = producers.get(made)!;
    const inputs = readBy(node).map((read) => at(read, p, known));
    const columns = Math.max(...inputs.map(({ length }) => length));
    return Array.from({ length: columns }, (_, i) =>
      arithmetic[node.op]!(...inputs.map((read) => read[i % read.length]!)),
    );
  };
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i <= PARTS; i++) {
    for (const made of at(value, i / PARTS, new Map()))
      [low, high] = [Math.min(low, made), Math.max(high, made)];
  }
  return [low, high];
}

/** The one value that, besides constants, a value is made of by arithmetic and comparisons. */
function sourceOf(graph: Graph, value: string, producers: ReadonlyMap<string, Node>): string | undefined {
  const sources = new Set<string>();
  const seen = new Set<string>();
  const walk = (made: string): void => {
    if (seen.has(made) || constantIn(graph, made, producers)) return;
    seen.add(made);
    const node = producers.get(made);
    if (node?.domain === '' && Object.hasOwn(arithmetic, node.op)) readBy(node).forEach(walk);
    else sources.add(made);
  };
  walk(value);
  return sources.size === 1 ? [...sources][0] : undefined;
}
