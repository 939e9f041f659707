import type { Random } from '../../base/random.js';
import { is } from '../../graph/catalogue/index.js';
import type { Graph } from '../../graph/graph.js';
import type { Shapes, ValueShape } from '../../graph/shapes.js';
import { type Array64, sum } from './arrays.js';
import { interpret } from './interpret.js';

type Feeds = Readonly<Record<string, Array64>>;

const step = 1e-5;

/**
 * The derivative of the sum over `seeds` of seed x output along one direction through `input`, by central
 * differences.
 */
export function difference(
  graph: Graph,
  feeds: Feeds,
  seeds: Feeds,
  input: string,
  direction: Float64Array,
): number {
  const x = feeds[input]!;
  const at = (size: number) => {
    const moved = { ...x, data: x.data.map((value, i) => value + size * direction[i]!) };
    return weighed(graph, { ...feeds, [input]: moved }, seeds);
  };
  return (at(step) - at(-step)) / (2 * step);
}

/** Each element of a small input by itself; of a large one some elements, and some directions through all. */
export function directions(length: number, random: Random): Float64Array[] {
  const single = (i: number) => new Float64Array(length).fill(1, i, i + 1);
  if (length <= 48) return Array.from({ length }, (_, i) => single(i));
  return [
    ...Array.from({ length: 20 }, () => single(random.below(length))),
    ...[0, 1, 2].map(() => Float64Array.from({ length }, () => random.normal())),
  ];
}

function weighed(graph: Graph, feeds: Feeds, seeds: Feeds): number {
  const values = interpret(graph, feeds);
  return sum(
    Object.entries(seeds).map(([output, seed]) =>
      sum([...values.get(output)!.data.map((y, i) => y * seed.data[i]!)]),
    ),
  );
}

/** Shapes and batch axes of all values from feeds of one sample and of two. */
export function shapesOf(graph: Graph, one: Feeds, two: Feeds): Shapes {
  const [first, second] = [interpret(graph, one), interpret(graph, two)];
  const shapes = new Map<string, ValueShape>();
  const places = new Set(
    graph.nodes.filter((node) => is(node, 'besides', 'places')).map(({ outputs }) => outputs[1]),
  );
  for (const [name, { shape: dims }] of first) {
    const type = graph.initializers.get(name)?.type ?? (places.has(name) ? 'int64' : 'float32');
    const axis = dims.findIndex((length, i) => length !== second.get(name)!.shape[i]);
    shapes.set(name, axis < 0 ? { dims, type } : { dims, type, batchAxis: axis });
  }
  return shapes;
}
