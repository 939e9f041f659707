import { floatOf, floatsOf, intOf, intsOf, tensorOf } from './attributes.js';
import { float32, int64, scalar } from './elements.js';
import type { Constant, Graph, Node } from './graph.js';
import { innerReads, readsOf } from './order.js';

/** A graph, and the replacement of each value that a pass removed. */
export interface Renamed {
  readonly graph: Graph;
  readonly aliases: ReadonlyMap<string, string>;
}

/** Replaces Constant nodes by initializers. Removes identities and all nodes that no output depends on. */
export function tidy(graph: Graph): Renamed {
  const initializers = new Map(graph.initializers);
  const aliases = new Map<string, string>();
  const outputs = new Set(graph.outputs.map((v) => v.name));
  const computed = new Set<string>();
  // Values that a subgraph reads keep their names.
  const fixed = new Set([...outputs, ...graph.nodes.flatMap(innerReads)]);
  const of = (value: string): string => {
    const next = aliases.get(value);
    return next === undefined ? value : of(next);
  };
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    const constant = constantOf(node);
    const [output = ''] = node.outputs;
    const source = of(node.inputs[0] ?? '');
    if (constant && !outputs.has(output)) {
      initializers.set(output, constant);
    } else if (handsOn(node) && !fixed.has(output)) {
      aliases.set(output, source);
    } else if (handsOn(node) && computed.has(source) && !fixed.has(source)) {
      // The output's name is fixed, so the source takes it.
      aliases.set(source, output);
    } else {
      nodes.push(node);
      for (const value of node.outputs) computed.add(value);
    }
  }
  const renamed = nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map(of),
    outputs: node.outputs.map(of),
  }));
  const names = new Map([...aliases.keys()].map((name) => [name, of(name)]));
  return { graph: withoutUnused({ ...graph, nodes: renamed, initializers }), aliases: names };
}

/** Drops nodes and initializers that no graph output depends on. */
export function withoutUnused(graph: Graph): Graph {
  const needed = new Set(graph.outputs.map((v) => v.name));
  const nodes: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((v) => needed.has(v))) continue;
    nodes.push(node);
    for (const input of readsOf(node)) needed.add(input);
  }
  const initializers = new Map([...graph.initializers].filter(([name]) => needed.has(name)));
  return { ...graph, nodes: nodes.reverse(), initializers };
}

/** Whether a node is an identity; a Dropout is one at inference. */
function handsOn(node: Node): boolean {
  if (node.domain !== '') return false;
  return node.op === 'Identity' || (node.op === 'Dropout' && !node.outputs[1]);
}

/** The value of a Constant node of numbers. */
export function constantOf(node: Node): Constant | undefined {
  if (node.op !== 'Constant' || node.domain !== '') return undefined;
  if (node.attributes.value_float) return scalar(floatOf(node, 'value_float', 0));
  if (node.attributes.value_int) return int64([intOf(node, 'value_int', 0)], []);
  const floats = floatsOf(node, 'value_floats');
  if (floats) return float32(floats);
  const whole = intsOf(node, 'value_ints');
  return whole ? int64(whole) : tensorOf(node, 'value');
}

/** Only the inputs that the output depends on. */
export function withReadInputs(whole: Graph): Graph {
  const graph = withoutUnused(whole);
  const read = new Set(graph.nodes.flatMap(readsOf));
  const inputs = graph.inputs.filter((v) => read.has(v.name));
  return inputs.length > 0 ? { ...graph, inputs } : graph;
}
