import type { Arrays } from '../../engine/engine.js';
import { int } from '../../graph/attributes.js';
import type { Constant, Graph, Node, Value } from '../../graph/graph.js';
import { withoutUnused } from '../../graph/tidy.js';
import { names, type Step } from './step.js';

/**
 * The step as a program of several steps: a Scan over feeds that are stacked along a new first axis, with
 * parameters, moments and running statistics as its state. They stay on a GPU from step to step. The outputs
 * are stacked as well.
 */
export function severalSteps(step: Step): Step {
  const { graph, carry, state: first } = step;
  const state = Object.values(carry);
  const feeds = graph.inputs.filter(({ name }) => !state.includes(name));
  const returned = graph.outputs.map(({ name }) => name).filter((name) => !(name in carry));
  const results = [...Object.keys(carry), ...returned];
  // A subgraph must not reuse the names around it.
  const taken = new Set([...state, ...feeds.map(({ name }) => name), ...results]);
  const own = (name: string) => (taken.has(name) ? `step/${name}` : name);
  const shapes = new Map(feeds.map(({ name, shape }) => [name, shape]));
  const outcome = (name: string) => (name === names.loss ? [] : shapes.get(names.targets));
  const shapeOf = (name: string) =>
    first[carry[name] ?? name]?.shape ?? (shapes.has(name) ? shapes.get(name) : outcome(name));
  const inner = (name: string): Value => ({ name: own(name), type: 'float32', shape: shapeOf(name) });
  const body = withoutUnused({
    ...graph,
    nodes: graph.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(own),
      outputs: node.outputs.map(own),
    })),
    inputs: [...state, ...feeds.map(({ name }) => name)].map(inner),
    outputs: results.map(inner),
    between: graph.between?.map((value) => ({ ...value, name: own(value.name) })),
  });
  const scan: Node = {
    op: 'Scan',
    domain: '',
    name: 'sl.steps',
    inputs: [...state, ...feeds.map(({ name }) => name)],
    outputs: results,
    attributes: { body: { kind: 'graph', value: body }, num_scan_inputs: int(feeds.length) },
  };
  const stacked = ({ name, type, shape }: Value): Value => ({ name, type, shape: shape && ['K', ...shape] });
  const whole: Graph = {
    ...graph,
    inputs: [...graph.inputs.filter(({ name }) => state.includes(name)), ...feeds.map(stacked)],
    nodes: [scan],
    initializers: new Map(),
    between: [],
  };
  return { ...step, graph: whole };
}

/** Stacks the feeds of several steps along a new first axis. */
export function stack(steps: readonly Arrays[]): Arrays {
  return Object.fromEntries(
    Object.entries(steps[0]!).map(
      ([
        name,
        {
          type,
          shape,
          data: { length },
        },
      ]): [string, Constant] => {
        const data = new Float32Array(steps.length * length);
        for (const [i, feeds] of steps.entries()) data.set(feeds[name]!.data as Float32Array, i * length);
        return [name, { type, data, shape: [steps.length, ...shape] }];
      },
    ),
  );
}

/** The outputs of one of several steps. */
export function unstacked(outputs: Arrays, index: number): Arrays {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { type, shape, data }]): [string, Constant] => {
      const [steps, ...own] = shape as [number, ...number[]];
      const size = data.length / steps;
      return [name, { type, data: data.subarray(index * size, (index + 1) * size), shape: own }];
    }),
  );
}
