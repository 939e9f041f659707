import * as tf from '@tensorflow/tfjs';
import { messageOf } from '../../base/errors.js';
import { entryOf } from '../../graph/catalogue/index.js';
import type { Graph, Node } from '../../graph/graph.js';
import { operators } from './operators.js';
import type { Value } from './value.js';

/** The nodes that the outputs depend on, each with the values that no later node reads. */
export interface Schedule {
  readonly steps: readonly { readonly node: Node; readonly done: readonly string[] }[];
  readonly outputs: readonly string[];
}

export function scheduleOf(graph: Graph, outputs: readonly string[]): Schedule {
  const needed = new Set(outputs);
  const nodes: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((value) => needed.has(value))) continue;
    nodes.unshift(node);
    for (const value of node.inputs) needed.add(value);
  }
  const kept = new Set(outputs);
  const steps = nodes.toReversed().map((node) => {
    const read = [...node.inputs, ...node.outputs].filter((value) => value !== '' && !kept.has(value));
    for (const value of read) kept.add(value);
    return { node, done: [...new Set(read)] };
  });
  return { steps: steps.toReversed(), outputs };
}

/** Runs a schedule. The caller owns the returned tensors; all intermediate tensors are disposed of. */
export function interpret(
  { steps, outputs }: Schedule,
  given: ReadonlyMap<string, Value>,
): ReadonlyMap<string, Value> {
  const made = new Map<string, Value>();
  const find = (name: string) => {
    const value = made.get(name) ?? given.get(name);
    if (!value) throw new Error(`there is no value '${name}'`);
    return value;
  };
  try {
    for (const { node, done } of steps) {
      for (const [name, value] of apply(node, find)) made.set(name, value);
      for (const name of done) {
        made.get(name)?.tensor.dispose();
        made.delete(name);
      }
    }
    return new Map(outputs.map((name) => [name, own(find(name))]));
  } finally {
    for (const { tensor } of made.values()) tensor.dispose();
  }
}

const own = (value: Value): Value => ({ ...value, tensor: tf.clone(value.tensor) });

function apply(node: Node, find: (name: string) => Value): (readonly [string, Value])[] {
  const inputs = node.inputs.map((name) => (name === '' ? undefined : find(name)));
  const shared = new Set(inputs.map((input) => input?.tensor));
  const made: (readonly [string, Value])[] = [];
  try {
    tf.tidy(() => {
      const outputs = entryOf(operators, node)!(inputs, node);
      for (const [i, name] of node.outputs.entries()) {
        const value = outputs[i];
        if (name !== '' && value) made.push([name, shared.has(value.tensor) ? own(value) : value]);
      }
      return made.map(([, { tensor }]) => tensor);
    });
    return made;
  } catch (error) {
    throw new Error(`node '${node.name}' (${node.op}): ${messageOf(error)}`, { cause: error });
  }
}
