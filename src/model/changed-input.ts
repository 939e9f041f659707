import { type Builder, extend } from '../graph/builder.js';
import type { Classifier } from './classifier.js';

/**
 * The classifier that reads, in place of its input, the value `own` of the same shape that `make` computes
 * from it.
 */
export function withChangedInput(
  model: Classifier,
  make: (builder: Builder, name: string, own: string) => void,
): Classifier {
  const { graph: whole, input, shapes: known } = model;
  const own = `${input.name}.changed`;
  const builder = extend(whole);
  make(builder, input.name, own);
  const { nodes, initializers } = builder.finish(whole.inputs, whole.outputs);
  const first = nodes.slice(whole.nodes.length);
  const reading = whole.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map((value) => (value === input.name ? own : value)),
  }));
  const shape = known.get(input.name);
  const made = first.flatMap(({ outputs }) => outputs);
  const constants = [...initializers].map(
    ([value, { shape: dims, type }]) => [value, { dims, type }] as const,
  );
  return {
    ...model,
    graph: { ...whole, nodes: [...first, ...reading], initializers },
    shapes: shape
      ? new Map([...known, ...constants, ...made.map((value) => [value, shape] as const)])
      : known,
  };
}
