import { seededRandom } from '../base/random.js';
import { startGraph } from '../graph/builder.js';
import { float32 } from '../graph/elements.js';
import type { Graph } from '../graph/graph.js';

/** A classifier of 1x8x8 images into three classes; `head` is an operator that its outputs go through. */
export function tinyModel(head = 'Identity'): Graph {
  const random = seededRandom('tiny model');
  const weights = (...shape: number[]) =>
    float32(
      Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.normal()),
      shape,
    );
  const b = startGraph('tiny');
  const convolved = b.emit('Conv', ['x', b.constant(weights(4, 1, 3, 3), 'kernel')], {
    pads: { kind: 'ints', value: [1, 1, 1, 1] },
  });
  const pooled = b.emit('Flatten', [b.emit('GlobalAveragePool', [b.emit('Relu', [convolved])])]);
  const scores = b.emit('Gemm', [pooled, b.constant(weights(4, 3), 'last')]);
  b.emit(head, [scores], {}, 'logits');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  return b.finish([value('x', ['N', 1, 8, 8])], [value('logits', ['N', 3])]);
}
