import { numbers } from '../../graph/elements.js';
import type { Graph, Node } from '../../graph/graph.js';
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
  Not: (a) => Number(a === 0),
  Where: (c, a, b) => (c === 0 ? b! : a!),
};

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
    const held = constant(graph, made);
    if (held) return numbers(held);
    const node = producers.get(made)!;
    const inputs = node.inputs.map((read) => at(read, p, known));
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
    if (seen.has(made) || constant(graph, made)) return;
    seen.add(made);
    const node = producers.get(made);
    if (node?.domain === '' && Object.hasOwn(arithmetic, node.op)) node.inputs.forEach(walk);
    else sources.add(made);
  };
  walk(value);
  return sources.size === 1 ? [...sources][0] : undefined;
}
