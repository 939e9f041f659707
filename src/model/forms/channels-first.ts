import { ints } from '../../graph/attributes.js';
import type { Node } from '../../graph/graph.js';
import type { Classifier } from '../classifier.js';

const inputName = 'sl.channels-first';

/**
 * Converts a classifier of images `[N, H, W, C]` to one of `[N, C, H, W]`: a Transpose computes the old
 * input from the new one.
 */
export function channelsFirstForm({ graph, shapes, input }: Classifier) {
  const [height, width, channels] = input.shape as [number, number, number];
  const shape = [channels, height, width];
  const transpose: Node = {
    ...{ op: 'Transpose', domain: '', name: 'sl.channels-last', attributes: { perm: ints([0, 2, 3, 1]) } },
    ...{ inputs: [inputName], outputs: [input.name] },
  };
  return {
    graph: {
      ...graph,
      inputs: [{ name: inputName, type: 'float32' as const, shape: ['N', ...shape] }],
      nodes: [transpose, ...graph.nodes],
    },
    shapes: new Map([...shapes, [inputName, { dims: [1, ...shape], batchAxis: 0, type: 'float32' }]]),
    input: { ...input, name: inputName, shape, layout: 'NCHW' as const },
  };
}
