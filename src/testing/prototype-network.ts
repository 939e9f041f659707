import type { Sample } from '../data/sample.js';
import { int, ints } from '../graph/attributes.js';
import { startGraph } from '../graph/builder.js';
import { float32 } from '../graph/elements.js';
import type { Graph } from '../graph/graph.js';
import { metadataOf } from '../model/prototypes/prototype.js';
import { similarity, smallest, squaredDistances } from '../model/prototypes/similarity.js';
import { fullTree } from '../model/prototypes/tree.js';
import { treeHead, treeNames } from '../model/prototypes/tree-head.js';
import { zeros } from '../tensor/tensor.js';
import { exampleTask } from './training-task.js';

/** A sample with a white lesion and a grey spot in the dark; the lesion is annotated. */
function lesion(id: string, left: number): Sample {
  const image = zeros([1, 16, 16]);
  for (let i = 0; i < 256; i++) image.data[i] = 0.05;
  for (let y = 2; y < 6; y++) for (let x = left; x < left + 4; x++) image.data[16 * y + x] = 1;
  for (let y = 10; y < 14; y++) for (let x = 10; x < 14; x++) image.data[16 * y + x] = 0.5;
  const [base] = exampleTask(2).train;
  const box = { label: 'lesion', x: left, y: 2, width: 4, height: 4 };
  return { ...base!, id, image, labels: [0], boxes: [box] };
}
/** White lesions that move to the right. */
export const lesionSamples = [lesion('a', 1), lesion('b', 3), lesion('c', 8)];
const patch = (row: number, column: number) => ({
  ...{ image: 'a', patient: 'p', row, column },
  box: [column, row, 4, 4] as const,
});

/** The features are the pixels; the prototypes are white, grey, and white once more. */
export function prototypeNetwork(kind: 'protopnet' | 'prototree'): Graph {
  const builder = startGraph(kind);
  const held = (values: number[], shape: number[], name: string) =>
    builder.constant(float32(values, shape), name);
  const kernel = { kernel_shape: ints([1, 1]) };
  const features = builder.emit('Conv', ['image', held([1], [1, 1, 1, 1], 'k')], kernel, 'features');
  const vectors = held([1, 0.5, 1], [3, 1, 1, 1], 'vectors');
  const distances = squaredDistances(builder, features, vectors, 'distances');
  const patches = [{ patch: patch(2, 1) }, { patch: patch(10, 10) }, { patch: patch(2, 1) }];
  const compared = { features: 'features', vectors: 'vectors', distances: 'distances' };
  const finish = (logits: string) =>
    builder.finish(
      [{ name: 'image', type: 'float32', shape: ['N', 1, 16, 16] }],
      [{ name: logits, type: 'float32', shape: ['N', 2] }],
    );
  if (kind === 'prototree') {
    held([3, 0, 0, 3, 0, 1, 2, 0], [4, 2], treeNames.leaves);
    const tree = fullTree(2);
    const metadata = metadataOf({
      ...{ ...compared, kind, leaves: treeNames.leaves, tree },
      prototypes: patches,
    });
    return { ...finish(treeHead(builder, distances, tree)), metadata };
  }
  const scores = similarity(builder, smallest(builder, distances, 'nearest'));
  const last = held([2, 1, 0, -0.5, 1, 0], [2, 3], 'last');
  const graph = finish(builder.emit('Gemm', [scores, last], { transB: int(1) }, 'logits'));
  const prototypes = patches.map((one, p) => ({ ...one, class: Number(p === 1) }));
  return { ...graph, metadata: metadataOf({ ...compared, kind, weights: 'last', prototypes }) };
}
