import { float32 } from '../../../graph/elements.js';
import type { Constant, Graph } from '../../../graph/graph.js';
import { withoutUnused } from '../../../graph/tidy.js';
import { sizeOf } from '../../../tensor/tensor.js';

/** Runs a graph and returns its outputs. */
export type RunOnce = (
  graph: Graph,
  feeds: Readonly<Record<string, Constant>>,
) => Promise<Readonly<Record<string, Constant>>>;

/** A value whose elements come from a single input, such as a transposed or reshaped weight. */
export interface Selection {
  readonly value: string;
  readonly base: string;
  /** The number of elements of `base`. */
  readonly size: number;
  readonly shape: readonly number[];
  /**
   * For each element its flat index in `base`; `undefined` when the value is not a selection of elements of
   * `base`.
   */
  readonly index?: Int32Array;
}

/** The largest integer range that float32 represents exactly. */
const countable = 2 ** 24;

/**
 * Finds the shape of each of `values` that depends on exactly one of `inputs` and on constants, and, where
 * it is a selection of elements of that input, the index of each element. Leaves other values out. Runs the
 * graph twice: on the numbers 0, 1, 2, .. to read the indices from the result, and on random numbers to
 * check them.
 */
export async function selectionsOf(
  graph: Graph,
  values: readonly string[],
  inputs: Readonly<Record<string, Constant>>,
  run: RunOnce,
): Promise<ReadonlyMap<string, Selection>> {
  const origins = originsOf(graph, inputs);
  const themselves = values.filter((value) => value in inputs);
  const wanted = values.filter((value) => origins.get(value) && !(value in inputs));
  const bases = [...new Set(wanted.map((value) => origins.get(value)!))];
  const part = withoutUnused({
    ...graph,
    inputs: graph.inputs.filter(({ name }) => bases.includes(name)),
    outputs: wanted.map((name) => ({ name, type: 'float32' })),
    between: [],
  });
  const found = themselves.map((value): [string, Selection] => {
    const { shape } = inputs[value]!;
    return [value, { value, base: value, size: sizeOf(shape), shape }];
  });
  if (wanted.length === 0) return new Map(found);
  const feedsOf = (fill: (size: number) => Float32Array) =>
    Object.fromEntries(
      bases.map((name) => [name, float32(fill(sizeOf(inputs[name]!.shape)), inputs[name]!.shape)]),
    );
  const drawn = feedsOf((size) => filled(size, (i) => (Math.imul(i + 1, 2654435761) >> 8) / 2 ** 23));
  const counts = await run(
    part,
    feedsOf((size) => filled(size, (i) => i)),
  );
  const draws = await run(part, drawn);
  return new Map([
    ...found,
    ...wanted.map((value): [string, Selection] => {
      const base = origins.get(value)!;
      const size = sizeOf(inputs[base]!.shape);
      const index = size <= countable ? checked(counts[value]!, draws[value]!, drawn[base]!) : undefined;
      return [value, { value, base, size, shape: draws[value]!.shape, ...(index && { index }) }];
    }),
  ]);
}

function filled(size: number, valueAt: (index: number) => number): Float32Array {
  const data = new Float32Array(size);
  for (let i = 0; i < size; i++) data[i] = valueAt(i);
  return data;
}

/**
 * Converts the results on counting numbers to indices. `undefined` when the results on random numbers
 * disagree.
 */
function checked(counted: Constant, drawn: Constant, source: Constant): Int32Array | undefined {
  const [from, to] = [source.data, drawn.data];
  const index = new Int32Array(counted.data.length);
  for (let i = 0; i < index.length; i++) {
    const at = Number(counted.data[i]);
    if (from[at] !== to[i]) return undefined;
    index[i] = at;
  }
  return index;
}

/**
 * For each value the one name of `inputs` that it depends on; '' when it depends on several of them or on
 * another graph input.
 */
function originsOf(graph: Graph, inputs: Readonly<Record<string, Constant>>): Map<string, string> {
  const origins = new Map(graph.inputs.map(({ name }) => [name, name in inputs ? name : '']));
  for (const node of graph.nodes) {
    const found = new Set(node.inputs.flatMap((value) => origins.get(value) ?? []));
    const [origin] = found;
    if (origin === undefined) continue;
    for (const output of node.outputs) origins.set(output, found.size === 1 ? origin : '');
  }
  return origins;
}
