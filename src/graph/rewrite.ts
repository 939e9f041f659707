import type { Attributes } from './attributes.js';
import { smallKey } from './elements.js';
import { type Constant, type Graph, type Node, sourceOf } from './graph.js';

/** Functions for a rewrite to read the graph and add to it. */
export interface Edit {
  /** Adds an initializer and returns its name. Equal ones of up to 64 elements are shared. */
  constant(value: Constant): string;
  /** An unused name for a value or node. */
  fresh(hint: string): string;
  known(value: string): Constant | undefined;
  /** A node of ONNX's default domain with one output. */
  node(op: string, inputs: readonly string[], output: string, attributes?: Attributes): Node;
}

/** The nodes that replace a node; `undefined` keeps it. */
export type Rewrite = (node: Node, edit: Edit) => readonly Node[] | undefined;

/** Applies the first rewrite that replaces a node, to the nodes of a graph and of its subgraphs. */
export function rewriteAll(graph: Graph, rewrites: readonly Rewrite[], around?: Pick<Edit, 'fresh'>): Graph {
  const within = (node: Node, edit: Edit): Node => {
    const inner = Object.entries(node.attributes).map(([name, attribute]): [string, Attributes[string]] => [
      name,
      attribute.kind === 'graph'
        ? { kind: 'graph', value: rewriteAll(attribute.value, rewrites, edit) }
        : attribute,
    ]);
    return { ...node, attributes: Object.fromEntries(inner) };
  };
  return rewriteNodes(
    graph,
    (node, edit) => {
      for (const rewrite of rewrites) {
        const replaced = rewrite(node, edit);
        if (replaced) return replaced;
      }
      return within(node, edit);
    },
    around,
  );
}

/** The error of a node whose rewrite failed on a missing input or an impossible value. */
export class MalformedNode extends Error {
  constructor({ op, name }: Node, cause: unknown) {
    super(`operator '${op}' (node '${name}')`, { cause });
  }
}

/**
 * Replaces each node by the result of `rewrite`. In a subgraph, new names come from the outer graph's edit
 * (`around`), so that no name hides another. Throws a `MalformedNode` for a node that lacks the form of its
 * operator.
 */
export function rewriteNodes(
  graph: Graph,
  rewrite: (node: Node, edit: Edit) => Node | readonly Node[],
  around?: Pick<Edit, 'fresh'>,
): Graph {
  const initializers = new Map(graph.initializers);
  const taken = new Set([
    ...initializers.keys(),
    ...graph.inputs.map((v) => v.name),
    ...graph.nodes.flatMap((n) => [...n.outputs, n.name]),
  ]);
  const counts = new Map<string, number>();
  const small = new Map<string, string>();
  const edit: Edit = {
    constant(value) {
      const key = smallKey(value);
      const found = key && small.get(key);
      if (found) return found;
      const name = edit.fresh('constant');
      initializers.set(name, value);
      if (key) small.set(key, name);
      return name;
    },
    fresh(hint) {
      if (around) {
        let name = around.fresh(hint);
        while (taken.has(name)) name = around.fresh(hint);
        taken.add(name);
        return name;
      }
      let name = hint;
      let count = counts.get(hint) ?? 0;
      while (taken.has(name)) name = `${hint}.${++count}`;
      counts.set(hint, count);
      taken.add(name);
      return name;
    },
    known: (value) => initializers.get(value),
    node: (op, inputs, output, attributes = {}) => ({
      op,
      domain: '',
      name: edit.fresh(`sl.${op}`),
      inputs,
      outputs: [output],
      attributes,
    }),
  };
  const nodes = graph.nodes.flatMap((node) => {
    try {
      const made = [rewrite(node, edit)].flat();
      if (made.some(({ inputs }) => inputs.some((value) => value === undefined)))
        throw new TypeError('an input is missing');
      return made.map((one) => sourced(one, node));
    } catch (error) {
      throw error instanceof RangeError || error instanceof TypeError
        ? new MalformedNode(node, error)
        : error;
    }
  });
  return { ...graph, nodes, initializers };
}

/** A node that a rewrite made, with the one that it was made for. */
const sourced = (made: Node, node: Node): Node =>
  made.source !== undefined || (made.op === node.op && made.name === node.name)
    ? made
    : { ...made, source: sourceOf(node) };

/** A copy of a node with these changes. An attribute set to `undefined` is removed. */
export function changed(
  node: Node,
  to: {
    readonly op?: string;
    readonly inputs?: readonly string[];
    readonly outputs?: readonly string[];
    readonly attributes?: Readonly<Record<string, Attributes[string] | undefined>>;
  },
): Node {
  const attributes: Record<string, Attributes[string]> = {};
  for (const [name, attribute] of Object.entries({ ...node.attributes, ...to.attributes })) {
    if (attribute) attributes[name] = attribute;
  }
  return { ...node, ...to, attributes };
}
