import type { Attribute, Graph, Node } from './graph.js';

/** The graph with another name for each of its values (and nodes, where `of` is asked for theirs). */
export function renamed(graph: Graph, of: (value: string) => string): Graph {
  const own = (value: string) => (value === '' ? '' : of(value));
  const inner = ([name, attribute]: readonly [string, Attribute]): [string, Attribute] => [
    name,
    attribute.kind === 'graph' ? { kind: 'graph', value: renamed(attribute.value, of) } : attribute,
  ];
  const named = <T extends { readonly name: string }>(values: readonly T[]) =>
    values.map((value) => ({ ...value, name: own(value.name) }));
  return {
    ...graph,
    inputs: named(graph.inputs),
    outputs: named(graph.outputs),
    nodes: graph.nodes.map(
      (node): Node => ({
        ...node,
        inputs: node.inputs.map(own),
        outputs: node.outputs.map(own),
        attributes: Object.fromEntries(Object.entries(node.attributes).map(inner)),
      }),
    ),
    initializers: new Map([...graph.initializers].map(([name, constant]) => [own(name), constant])),
    ...(graph.between && { between: named(graph.between) }),
  };
}
