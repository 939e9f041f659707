import { startGraph } from '../graph/builder.js';
import { float32 } from '../graph/elements.js';
import type { Graph } from '../graph/graph.js';

/** A classifier of grey square images into dark and bright ones, by their mean. */
export function brightModel(size = 8): Graph {
  const b = startGraph('bright');
  const kernel = b.constant(float32([1], [1, 1, 1, 1]), 'kernel');
  const mean = b.emit('Flatten', [b.emit('GlobalAveragePool', [b.emit('Conv', ['x', kernel])])]);
  const weights = b.constant(float32([-20, 20], [1, 2]), 'weights');
  b.emit('Gemm', [mean, weights, b.constant(float32([10, -10], [2]), 'bias')], {}, 'logits');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  return b.finish([value('x', ['N', 1, size, size])], [value('logits', ['N', 2])]);
}
