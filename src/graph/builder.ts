import type { Attributes } from './attributes.js';
import { smallKey } from './elements.js';
import { type Formula, formula } from './formula.js';
import type { Constant, Graph, Node, Value } from './graph.js';

/** Adds nodes to a graph. Values are referred to by name. */
export interface Builder extends Formula {
  /** Adds a node and returns its first output, named `name` if given. */
  emit(op: string, inputs: readonly string[], attributes?: Attributes, name?: string): string;
  /** Adds a node with several outputs and returns their names. */
  emitAll(op: string, inputs: readonly string[], outputs: number, attributes?: Attributes): string[];
  /** Adds a copy of a node that reads `inputs`; returns the names of its outputs. */
  repeat(node: Node, inputs: readonly string[]): string[];
  /** Adds an Identity that gives a value a chosen name, so that it can be a graph output. */
  alias(value: string, name: string): string;
  /** Adds a constant, named `name` if given. Equal unnamed constants of up to 64 elements are shared. */
  constant(value: Constant, name?: string): string;
  /** Declares the type and shape of an intermediate value. */
  declare(value: Value): void;
  /** The node that computes a value. */
  madeBy(value: string): Node | undefined;
  /** The initializer with this name. */
  known(value: string): Constant | undefined;
  /** The graph of all nodes so far, with these inputs and outputs. */
  finish(inputs: readonly Value[], outputs: readonly Value[]): Graph;
}

/** A builder of a new, empty graph. */
export const startGraph = (name: string): Builder =>
  extend({
    name,
    opsets: { '': 20 },
    inputs: [],
    outputs: [],
    nodes: [],
    initializers: new Map(),
    metadata: {},
  });

export function extend(graph: Graph): Builder {
  const nodes = [...graph.nodes];
  const initializers = new Map(graph.initializers);
  const between = new Map((graph.between ?? []).map((value) => [value.name, value]));
  const small = new Map<string, string>();
  const taken = new Set([
    ...initializers.keys(),
    ...graph.inputs.map((v) => v.name),
    ...nodes.flatMap((n) => [...n.outputs, n.name]),
  ]);
  let count = 0;
  const fresh = (hint: string) => {
    let name = `sl.${hint}.${count++}`;
    while (taken.has(name)) name = `sl.${hint}.${count++}`;
    taken.add(name);
    return name;
  };
  const claim = (name: string) => {
    if (taken.has(name)) throw new Error(`'${name}' names two values`);
    taken.add(name);
  };
  const add = (node: Omit<Node, 'name' | 'outputs'>, outputs: readonly boolean[]) => {
    const name = fresh(node.op);
    const names = outputs.map((used, i) => (used ? (i === 0 ? name : `${name}.${i}`) : ''));
    for (const output of names) taken.add(output);
    nodes.push({ ...node, name, outputs: names });
    return names;
  };
  const emitAll: Builder['emitAll'] = (op, inputs, outputs, attributes = {}) =>
    add({ op, domain: '', inputs, attributes }, Array(outputs).fill(true));
  const emit: Builder['emit'] = (op, inputs, attributes = {}, name) => {
    if (name === undefined) return emitAll(op, inputs, 1, attributes)[0]!;
    claim(name);
    nodes.push({ op, domain: '', name, inputs, outputs: [name], attributes });
    return name;
  };
  const constant: Builder['constant'] = (value, given) => {
    if (given !== undefined) {
      claim(given);
      initializers.set(given, value);
      return given;
    }
    const key = smallKey(value);
    const found = key && small.get(key);
    if (found) return found;
    const name = fresh('constant');
    initializers.set(name, value);
    if (key) small.set(key, name);
    return name;
  };
  return {
    ...formula({ emit, constant }),
    emit,
    emitAll,
    constant,
    repeat: ({ op, domain, attributes, outputs }, inputs) =>
      add(
        { op, domain, inputs, attributes },
        outputs.map((o) => o !== ''),
      ),
    alias(value, name) {
      taken.add(name);
      nodes.push({
        op: 'Identity',
        domain: '',
        name: fresh('Identity'),
        inputs: [value],
        outputs: [name],
        attributes: {},
      });
      return name;
    },
    declare: (value) => void between.set(value.name, value),
    madeBy: (value) => nodes.findLast(({ outputs }) => outputs.includes(value)),
    known: (value) => initializers.get(value),
    finish: (inputs, outputs) => ({
      ...graph,
      inputs,
      outputs,
      nodes,
      initializers,
      between: [...between.values()].filter(
        ({ name }) => ![...inputs, ...outputs].some((v) => v.name === name),
      ),
    }),
  };
}
