import { startGraph } from '../graph/builder.js';
import type { Graph } from '../graph/graph.js';

/** The input itself, reshaped, as the output of a network. */
export function passing(shape: readonly number[], transposed = false): Graph {
  const builder = startGraph('passing');
  const doubled = builder.mul('x', 2);
  const made = transposed ? builder.transpose(doubled, [0, 2, 1]) : doubled;
  const input = { name: 'x', type: 'float32', shape: ['N', ...shape] } as const;
  return builder.finish([input], [{ name: made, type: 'float32', shape: ['N', ...shape] }]);
}

/** A float value of a graph. */
export const value = (name: string, shape: readonly (number | string)[]) => ({
  ...{ name, type: 'float32' as const, shape },
});
