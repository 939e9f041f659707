import { unsupported } from '../../../base/errors.js';
import { numbers } from '../../elements.js';
import type { Constant, Graph, Node } from '../../graph.js';
import { inOrder } from '../../order.js';
import { type Evaluate, sampleFree } from './fold.js';

/** The maximum nesting depth of If nodes. */
const deepest = 8;

/**
 * Inlines the taken branch of each If whose condition depends only on weights and shapes, as exporters write
 * around a Squeeze. An If that depends on the sample stays. Throws where Ifs are nested more than 8 deep.
 */
export async function takeBranches(graph: Graph, batch: number, evaluate: Evaluate): Promise<Graph> {
  let current = graph;
  for (let depth = 0; current.nodes.some(isIf); depth++) {
    if (depth === deepest) throw unsupported(`If nodes inside each other, more than ${deepest} deep`);
    const free = new Set([...sampleFree(current), ...current.initializers.keys()]);
    const decided = current.nodes.filter((node) => isIf(node) && free.has(node.inputs[0]!));
    if (decided.length === 0) return current;
    const computed = decided.map((n) => n.inputs[0]!).filter((v) => !current.initializers.has(v));
    const [run] = computed.length > 0 ? await evaluate(current, [batch], [...new Set(computed)]) : [];
    const conditions = new Map<string, Constant>([...current.initializers, ...(run ?? [])]);
    const holds = (node: Node) => numbers(conditions.get(node.inputs[0]!)!)[0] !== 0;
    current = inlined(current, new Map(decided.map((node) => [node, holds(node)])));
  }
  return current;
}

const isIf = (node: Node) => node.op === 'If' && node.domain === '';

function inlined(graph: Graph, decisions: ReadonlyMap<Node, boolean>): Graph {
  const taken = new Set([
    ...graph.initializers.keys(),
    ...graph.inputs.map((v) => v.name),
    ...graph.nodes.flatMap((n) => [n.name, ...n.outputs]),
  ]);
  const initializers = new Map(graph.initializers);
  const nodes = graph.nodes.flatMap((node) => {
    const decision = decisions.get(node);
    if (decision === undefined) return [node];
    const branch = node.attributes[decision ? 'then_branch' : 'else_branch'];
    if (branch?.kind !== 'graph') throw unsupported(`node '${node.name}' (If) lacks a branch`);
    const body = branch.value;
    const names = new Map<string, string>();
    const own = (name: string) => {
      let free = name;
      for (let i = 1; taken.has(free); i++) free = `${name}.${i}`;
      taken.add(free);
      names.set(name, free);
    };
    for (const name of [...body.initializers.keys(), ...body.nodes.flatMap((n) => n.outputs)]) {
      if (name !== '') own(name);
    }
    const of = (name: string) => names.get(name) ?? name;
    for (const [name, constant] of body.initializers) initializers.set(of(name), constant);
    const moved = body.nodes.map(
      (n): Node => ({
        ...n,
        name: `${node.name}/${n.name}`,
        inputs: n.inputs.map(of),
        outputs: n.outputs.map(of),
      }),
    );
    const results = node.outputs.map(
      (output, i): Node => ({
        op: 'Identity',
        domain: '',
        name: `${node.name}/${output}`,
        inputs: [of(body.outputs[i]!.name)],
        outputs: [output],
        attributes: {},
      }),
    );
    return [...moved, ...results];
  });
  return inOrder({ ...graph, nodes, initializers });
}
