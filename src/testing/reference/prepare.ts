import { type Random, seededRandom } from '../../base/random.js';
import { backward } from '../../graph/backward.js';
import { extend } from '../../graph/builder.js';
import type { Graph, Node } from '../../graph/graph.js';
import { gradientRuleOf } from '../../graph/rules/gradient/index.js';
import { sizeOf } from '../../tensor/tensor.js';
import type { Array64 } from './arrays.js';
import { type Case, titleOf } from './cases/index.js';
import { shapesOf } from './differences.js';
import { interpret } from './interpret.js';

type Feeds = Readonly<Record<string, Array64>>;

/** A graph, its inputs for a batch of two, and seeds for its outputs. */
export interface Prepared {
  readonly graph: Graph;
  readonly feeds: Feeds;
  /** The feeds of a batch of one. */
  readonly first: Feeds;
  readonly seeds: Feeds;
}

/** The graph of one operator. */
export function prepare(one: Case): Prepared {
  const initializers = new Map<string, Extract<Case['inputs'][number], { data: unknown }>>();
  const inputs: { name: string; type: 'float32'; shape: readonly (number | string)[] }[] = [];
  const names = one.inputs.map((input, i) => {
    if (input === '') return '';
    const name = `x${i}`;
    if ('data' in input) initializers.set(name, input);
    else inputs.push({ name, type: 'float32', shape: input });
    return name;
  });
  const outputs = Array.from({ length: one.outputs ?? 1 }, (_, i) => `y${i}`);
  const node: Node = {
    op: one.op,
    domain: '',
    name: 'node',
    inputs: names,
    outputs,
    attributes: one.attributes ?? {},
  };
  const graph: Graph = {
    name: 'case',
    opsets: { '': one.opset ?? 20 },
    inputs,
    outputs: outputs.map((name) => ({ name, type: 'float32' })),
    nodes: [node],
    initializers,
    metadata: {},
  };
  const used = (one.used ?? outputs.map((_, i) => i)).map((i) => outputs[i]!);
  return feed(graph, used, seededRandom(titleOf(one)), one.between);
}

/** Random inputs in single precision, and random seeds for some outputs. */
export function feed(
  graph: Graph,
  outputs: readonly string[],
  random: Random,
  between?: readonly [number, number],
): Prepared {
  const draw = () =>
    Math.fround(between ? between[0] + (between[1] - between[0]) * random.uniform() : random.normal());
  const fill = (shape: readonly number[]): Array64 => ({
    data: Float64Array.from({ length: sizeOf(shape) }, draw),
    shape,
  });
  const at = (batch: number) => (input: Graph['inputs'][number]) =>
    [input.name, fill(input.shape!.map((n) => (typeof n === 'string' ? batch : n)))] as const;
  const feeds = Object.fromEntries(graph.inputs.map(at(2)));
  const first = Object.fromEntries(graph.inputs.map(at(1)));
  const values = interpret(graph, feeds);
  const seeds = Object.fromEntries(
    outputs.map((name) => {
      const { shape } = values.get(name)!;
      return [
        name,
        { data: Float64Array.from({ length: sizeOf(shape) }, () => Math.fround(random.normal())), shape },
      ];
    }),
  );
  return { graph, feeds, first, seeds };
}

/**
 * The forward graph with the gradients of all inputs, `d.<input>`, from seeds `s.<output>`, as `engine` runs
 * it best.
 */
export function withGradients(
  { graph, feeds, first, seeds }: Prepared,
  engine?: string,
): {
  readonly graph: Graph;
  /** Inputs that no gradient reaches. */
  readonly flat: readonly string[];
} {
  const builder = extend(graph);
  const wrt = graph.inputs.map((v) => v.name);
  const found = backward(graph, builder, {
    seeds: Object.fromEntries(Object.keys(seeds).map((output) => [output, `s.${output}`])),
    wrt,
    ruleFor: gradientRuleOf,
    method: 'gradient',
    engine,
    shapes: shapesOf(graph, first, feeds),
  });
  const reached = wrt.filter((input) => found[input] !== undefined);
  for (const input of reached) builder.alias(found[input]!, `d.${input}`);
  const asked = [
    ...graph.outputs,
    ...reached.map((input) => ({ name: `d.${input}`, type: 'float32' as const })),
  ];
  const seedInputs = Object.keys(seeds).map((output) => ({ name: `s.${output}`, type: 'float32' as const }));
  return {
    graph: builder.finish([...graph.inputs, ...seedInputs], asked),
    flat: wrt.filter((input) => !reached.includes(input)),
  };
}
