import type { Attributes } from './attributes.js';
import { int64, scalar } from './elements.js';
import { type Formula, formula } from './formula.js';
import type { Node } from './graph.js';
import type { Edit } from './rewrite.js';

/** Collects the nodes that replace one node. */
export interface Steps extends Formula {
  readonly nodes: Node[];
  readonly edit: Edit;
  /** Adds a node and returns its output, named `output` if given. */
  emit(op: string, inputs: readonly string[], attributes?: Attributes, output?: string): string;
  /** The same of an operator with so many outputs. */
  emitAll(op: string, inputs: readonly string[], outputs: number, attributes?: Attributes): string[];
  number(value: number): string;
  whole(...values: number[]): string;
}

/** `type` is the element type of constants made from numbers. */
export function steps(node: Node, edit: Edit, type: 'float32' | 'float64' = 'float32'): Steps {
  const nodes: Node[] = [];
  const hint = node.outputs.find((value) => value !== '');
  const emit: Steps['emit'] = (op, inputs, attributes = {}, output = edit.fresh(`${hint}.${op}`)) => {
    nodes.push(edit.node(op, inputs, output, attributes));
    return output;
  };
  return {
    ...formula({ emit, constant: edit.constant }, type),
    nodes,
    edit,
    emit,
    emitAll(op, inputs, count, attributes = {}) {
      const outputs = Array.from({ length: count }, () => edit.fresh(`${hint}.${op}`));
      nodes.push({ ...edit.node(op, inputs, outputs[0]!, attributes), outputs });
      return outputs;
    },
    number: (value) => edit.constant(scalar(value, type)),
    whole: (...values) => edit.constant(int64(values)),
  };
}
