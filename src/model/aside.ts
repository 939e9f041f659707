import type { Graph } from '../graph/graph.js';
import { ancestors } from '../graph/order.js';

/**
 * The values of a file on which the explained output does not depend, each with the outputs of the file that
 * depend on it; `explained` is the graph of that output.
 */
export function asideOf(file: Graph, explained: Graph): ReadonlyMap<string, readonly string[]> {
  const onTheWay = new Set(explained.outputs.flatMap(({ name }) => [...ancestors(explained, name)]));
  const aside = file.nodes.flatMap(({ outputs }) => outputs).filter((v) => v !== '' && !onTheWay.has(v));
  if (aside.length === 0) return new Map();
  const before = file.outputs.map(({ name }) => ({ name, values: ancestors(file, name) }));
  return new Map(
    aside.map((value) => [value, before.filter(({ values }) => values.has(value)).map(({ name }) => name)]),
  );
}
