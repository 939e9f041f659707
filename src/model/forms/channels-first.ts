import { ints } from '../../graph/attributes.js';
import type { Node } from '../../graph/graph.js';
import type { Classifier } from '../classifier.js';

const inputName = 'sl.channels-first';

/**
 * Converts a classifier of images `[N, H, W, C]`, or of other inputs with their channels last, to one with
 * channels first: a Transpose computes the old input from the new one.
 */
export function channelsFirstForm({ graph, shapes, input }: Classifier) {
  const { channelsLast: _, ...own } = input;
  const positions = input.shape.slice(0, -1);
  const shape = [input.shape.at(-1)!, ...positions];
  const perm = ints([0, ...positions.map((_, i) => i + 2), 1]);
  const transpose: Node = {
    ...{ op: 'Transpose', domain: '', name: 'sl.channels-last', attributes: { perm } },
    ...{ inputs: [inputName], outputs: [input.name] },
  };
  const layout = input.layout === 'NHWC' ? { layout: 'NCHW' as const } : { space: positions.length };
  return {
    graph: {
      ...graph,
      inputs: [{ name: inputName, type: 'float32' as const, shape: ['N', ...shape] }],
      nodes: [transpose, ...graph.nodes],
    },
    shapes: new Map([...shapes, [inputName, { dims: [1, ...shape], batchAxis: 0, type: 'float32' }]]),
    input: { ...own, name: inputName, shape, fileShape: input.shape, ...layout },
  };
}
