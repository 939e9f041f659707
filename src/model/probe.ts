import { unsupported } from '../base/errors.js';
import { seededRandom } from '../base/random.js';
import type { Arrays, Engine } from '../engine/engine.js';
import { extend } from '../graph/builder.js';
import { arrays, isFloat, numbers } from '../graph/elements.js';
import type { Constant, Graph, Node, Value } from '../graph/graph.js';
import type { RunGraph } from '../graph/import/canonical.js';
import type { Shapes, ValueShape } from '../graph/shapes.js';
import { sizeOf } from '../tensor/tensor.js';

/** Runs graphs of one input on an engine. */
export const runOn =
  (engine: Engine): RunGraph =>
  async (graph, inputs) => {
    const program = await engine.compile(graph);
    try {
      const results: Arrays[] = [];
      for (const input of inputs) results.push(await program.run({ [graph.inputs[0]!.name]: input }));
      return results;
    } finally {
      await program.dispose();
    }
  };

/**
 * Shape and batch axis of every value: the graph runs with a batch of one and of two. The axis that differs
 * is the batch axis.
 */
export async function probe(
  graph: Graph,
  input: Value,
  shape: readonly number[],
  engine: Engine,
): Promise<Shapes> {
  const { described, emptied } = describe(graph, []);
  return shapesOf(graph, input, shape, emptied, await runBoth(described, input, shape, engine));
}

/**
 * The same, and what the graph's one output is for two samples. Throws where a sample's output depends on the
 * other samples of its batch.
 */
export async function probeSamples(
  graph: Graph,
  input: Value,
  shape: readonly number[],
  engine: Engine,
): Promise<{ readonly shapes: Shapes; readonly rows: Constant }> {
  const output = graph.outputs[0]!.name;
  const { described, emptied } = describe(graph, [output]);
  const both = await runBoth(described, input, shape, engine);
  const shapes = shapesOf(graph, input, shape, emptied, both);
  if (!isApart(output, both)) {
    const whole = { ...graph, outputs: valuesOf(graph).map(untyped) };
    throw mixes(graph, shapes, await runBoth(whole, input, shape, engine));
  }
  return { shapes, rows: both.two[output]! };
}

type Values = Readonly<Record<string, Constant>>;

/** What a graph gives for one sample, for two, and for the same two the other way round. */
interface Both {
  readonly one: Values;
  readonly two: Values;
  readonly turned: Values;
}

const valuesOf = ({ nodes }: Pick<Graph, 'nodes'>) =>
  nodes.flatMap((node) => node.outputs.filter((v) => v !== ''));

/** An output whose type the engine finds from its node. */
const untyped = (name: string): Value => ({ name, type: 'float32' });

/**
 * The graph with the values `whole` and, for each value of shape `[..]`, an empty one of shape `[0, ..]` as
 * outputs: all values of a large network at once would fill the memory.
 */
function describe(graph: Graph, whole: readonly string[]) {
  const builder = extend(graph);
  const first = [{ axis: 0, start: 0, end: 0, step: 1 }];
  const emptied = new Map(
    valuesOf(graph).map((value) => [value, builder.slice(builder.unsqueeze(value, [0]), first)]),
  );
  const outputs = [...whole, ...emptied.values()].map(untyped);
  const described = builder.finish(graph.inputs, outputs);
  return { described: { ...described, nodes: besideTheirValues(described.nodes, graph) }, emptied };
}

/**
 * The nodes with the two that describe a value right after the one that makes it. At the end of the graph
 * they would keep all values until then, and ONNX Runtime's time to plan that grows with their square.
 */
function besideTheirValues(nodes: readonly Node[], graph: Graph): Node[] {
  let next = graph.nodes.length;
  return graph.nodes.flatMap((node) => {
    const count = 2 * valuesOf({ nodes: [node] }).length;
    next += count;
    return [node, ...nodes.slice(next - count, next)];
  });
}

async function runBoth(graph: Graph, input: Value, shape: readonly number[], engine: Engine): Promise<Both> {
  const program = await engine.compile(graph);
  try {
    const at = (given: Constant) => program.run({ [input.name]: given });
    const two = samples(input, 2, shape);
    return {
      one: await at(samples(input, 1, shape)),
      two: await at(two),
      turned: await at(turnedAround(two)),
    };
  } finally {
    await program.dispose();
  }
}

function shapesOf(
  graph: Graph,
  input: Value,
  shape: readonly number[],
  emptied: ReadonlyMap<string, string>,
  { one, two }: Both,
): Shapes {
  const shapes = new Map<string, ValueShape>();
  for (const [name, { shape: dims, type }] of graph.initializers) shapes.set(name, { dims, type });
  shapes.set(input.name, { dims: [1, ...shape], batchAxis: 0, type: input.type });
  for (const [name, empty] of emptied) {
    const { shape: whole, type } = one[empty]!;
    const dims = whole.slice(1);
    const axis = dims.findIndex((length, i) => length !== two[empty]!.shape[i + 1]);
    shapes.set(name, axis < 0 ? { dims, type } : { dims, type, batchAxis: axis });
  }
  return shapes;
}

/** The first sample is the same in every batch, the second another. */
function samples({ type }: Value, batch: number, shape: readonly number[]): Constant {
  const size = sizeOf(shape);
  const data = new arrays[type](batch * size);
  if (isFloat(type)) {
    const random = seededRandom('probe');
    for (let i = 0; i < data.length; i++) data[i] = (i < size ? 0.5 : random.uniform()) as never;
  }
  return { type, data, shape: [batch, ...shape] };
}

/** Two samples in the other order. */
function turnedAround({ type, data, shape }: Constant): Constant {
  const half = data.length / 2;
  const made = new arrays[type](data.length);
  for (let i = 0; i < data.length; i++) made[i] = data[(i + half) % data.length] as never;
  return { type, data: made, shape };
}

/** Whether what a sample gives alone is what it gives before another sample, and after it. */
const isApart = (value: string, { one, two, turned }: Both): boolean =>
  samePart(one[value]!, two[value]!, 'first') && samePart(one[value]!, turned[value]!, 'last');

/** Whether what a sample gives alone is, up to rounding, a part of what it gives beside another. */
function samePart(alone: Constant, together: Constant, part: 'first' | 'last'): boolean {
  if (!isFloat(alone.type)) return true;
  const [a, all] = [numbers(alone), numbers(together)];
  const b = part === 'first' ? all : all.slice(all.length - a.length);
  let [scale, far] = [1e-6, 0];
  for (const [i, value] of a.entries()) {
    if (!Number.isFinite(value) || !Number.isFinite(b[i]!)) continue;
    scale = Math.max(scale, Math.abs(value));
    far = Math.max(far, Math.abs(value - b[i]!));
  }
  return far <= 1e-3 * scale;
}

function mixes(graph: Graph, shapes: Shapes, both: Both) {
  const differs = (value: string) => {
    const axis = shapes.get(value)?.batchAxis;
    return value in both.one && (axis ?? 0) === 0 && !isApart(value, both);
  };
  const node = graph.nodes.find(({ outputs }) => outputs.some(differs));
  const where = node ? `node '${node.name}' (${node.op})` : 'the model';
  return unsupported(
    `${where} mixes the samples of a batch, so that no sample has an output of its own; export the model for inference (eval(), training=False)`,
  );
}
