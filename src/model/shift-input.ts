import { extend } from '../graph/builder.js';
import { scalar } from '../graph/elements.js';
import type { Classifier } from './classifier.js';

/** The classifier that first subtracts `by` from its input: of `x + by` it makes what it made of `x`. */
export function withShiftedInput(model: Classifier, by: number): Classifier {
  const { name } = model.input;
  const own = `${name}.shifted`;
  const reading = {
    ...model.graph,
    nodes: model.graph.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map((value) => (value === name ? own : value)),
    })),
  };
  const b = extend({ ...model.graph, nodes: [] });
  b.emit('Sub', [name, b.constant(scalar(by), `${name}.shift`)], {}, own);
  const first = b.finish(model.graph.inputs, model.graph.outputs);
  const graph = { ...reading, nodes: [...first.nodes, ...reading.nodes], initializers: first.initializers };
  const shape = model.shapes.get(name);
  const shapes = shape ? new Map([...model.shapes, [own, shape]]) : model.shapes;
  return { ...model, graph, shapes };
}
