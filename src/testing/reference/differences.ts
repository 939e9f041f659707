import type { Graph } from '../../graph/graph.js';
import type { Shapes, ValueShape } from '../../graph/shapes.js';
import { type Array64, sum } from './arrays.js';
import { interpret } from './interpret.js';

type Feeds = Readonly<Record<string, Array64>>;

const step = 1e-5;

/** The derivative of sum over `seeds` of seed x output with respect to each element of `input`, by central differences. */
export function differences(graph: Graph, feeds: Feeds, seeds: Feeds, input: string): Float64Array {
  const x = feeds[input]!;
  return x.data.map((value, i) => {
    const at = (moved: number) =>
      weighed(graph, { ...feeds, [input]: { ...x, data: x.data.with(i, moved) } }, seeds);
    return (at(value + step) - at(value - step)) / (2 * step);
  });
}

/** The same along one direction through all of `input`. */
export function directional(
  graph: Graph,
  feeds: Feeds,
  seeds: Feeds,
  input: string,
  direction: Float64Array,
): number {
  const x = feeds[input]!;
  const at = (size: number) =>
    weighed(
      graph,
      { ...feeds, [input]: { ...x, data: x.data.map((v, i) => v + size * direction[i]!) } },
      seeds,
    );
  return (at(step) - at(-step)) / (2 * step);
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
  for (const [name, { shape: dims }] of first) {
    const type = graph.initializers.get(name)?.type ?? 'float32';
    const axis = dims.findIndex((length, i) => length !== second.get(name)!.shape[i]);
    shapes.set(name, axis < 0 ? { dims, type } : { dims, type, batchAxis: axis });
  }
  return shapes;
}
