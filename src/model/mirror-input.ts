import { extend } from '../graph/builder.js';
import { scalar } from '../graph/elements.js';
import type { Classifier } from './classifier.js';

/**
 * The classifier of the mean of an image `[N, C, H, W]` and its mirror image, left to right: pixels at
 * mirrored places are the same variable to it.
 */
export function withMirroredInput(model: Classifier): Classifier {
  const { name, shape: sizes } = model.input;
  const own = `${name}.mirrored`;
  const reading = {
    ...model.graph,
    nodes: model.graph.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map((value) => (value === name ? own : value)),
    })),
  };
  const b = extend({ ...model.graph, nodes: [] });
  const width = sizes[2]!;
  const reversed = b.constant(
    {
      type: 'int64',
      data: BigInt64Array.from({ length: width }, (_, i) => BigInt(width - 1 - i)),
      shape: [width],
    },
    `${name}.columns`,
  );
  const mirror = b.emit('Gather', [name, reversed], { axis: { kind: 'int', value: 3 } });
  b.emit('Mul', [b.emit('Add', [name, mirror]), b.constant(scalar(0.5), `${name}.half`)], {}, own);
  const first = b.finish(model.graph.inputs, model.graph.outputs);
  const graph = { ...reading, nodes: [...first.nodes, ...reading.nodes], initializers: first.initializers };
  const shape = model.shapes.get(name);
  const inner = first.nodes.flatMap(({ outputs }) => outputs);
  const shapes = shape
    ? new Map([...model.shapes, ...inner.map((value) => [value, shape] as const)])
    : model.shapes;
  return { ...model, graph, shapes };
}
