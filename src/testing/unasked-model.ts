import { startGraph } from '../graph/builder.js';
import type { Classifier } from '../model/classifier.js';
import type { Link } from '../model/head.js';

/** A classifier of a layout and a head that nothing may run: who scores with it predicts by other means. */
export function unaskedModel(
  shape: readonly number[],
  layout: Classifier['input']['layout'],
  link: Link,
): Classifier {
  const unasked = async () => {
    throw new Error('the model was asked itself');
  };
  return {
    head: { link, says: '', plain: true },
    graph: startGraph('').finish([], []),
    engine: { name: '', compile: unasked, dispose: async () => {} },
    precision: 'float32',
    input: { name: 'x', shape, layout, normalisation: { mean: [], std: [] } },
    output: 'y',
    classes: [],
    shapes: new Map([['y', { dims: [1, 2], batchAxis: 0, type: 'float32' }]]),
  };
}
