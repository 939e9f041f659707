import { describe, expect, it } from 'vitest';
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
import { exampleTask } from '../testing/training-task.js';
import { modelOf } from './model.js';
import { prototypeScores } from './prototype-scores.js';
import { prototypePanels, prototypeTree } from './prototypes.js';

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
const plain = { normalisation: 'zero-one' } as const;
const samples = [lesion('a', 1), lesion('b', 3), lesion('c', 8)];
const patch = (row: number, column: number) => ({
  ...{ image: 'a', patient: 'p', row, column },
  box: [column, row, 4, 4] as const,
});

/** The features are the pixels; the prototypes are white, grey, and white once more. */
function network(kind: 'protopnet' | 'prototree'): Graph {
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

describe('the prototypes of a network', () => {
  it('are scored on what they show', async () => {
    const model = await modelOf(network('protopnet'), plain);
    const { prototypes, localisation, global, distance } = await prototypeScores(model, samples, { best: 3 });
    expect(prototypes.map(({ purity }) => purity)).toEqual([1, 0, 1]);
    expect(prototypes.map(({ consistent }) => consistent)).toEqual([true, false, true]);
    expect(prototypes.map(({ duplicateOf }) => duplicateOf)).toEqual([undefined, undefined, 0]);
    expect(prototypes[0]!.background).toBe(0);
    expect(localisation).toBe(1);
    expect(global).toBe(2);
    expect(distance).toBeCloseTo((4 * 0.25) / 9, 6);
  });

  it('are shown beside their patches, with what they add', async () => {
    const model = await modelOf(network('protopnet'), plain);
    const figure = await prototypePanels(model, samples[1]!, samples, { target: 0 });
    const texts = JSON.stringify(figure.layout.annotations);
    // log(1 / 0.0001) = 9.21, with the weights 2 and 1.
    expect(texts).toContain('9.21 x 2.00 = 18.42');
    expect(texts).toContain('9.21 x 1.00 = 9.21');
    expect(JSON.stringify(figure.layout.title)).toContain('27.63 in all');
  });

  it('are drawn as a tree with the path of an image', async () => {
    const model = await modelOf(network('prototree'), plain);
    const figure = await prototypeTree(model, samples[0]!, samples);
    // White is present: right; white again: right.
    const wide = figure.data.filter(({ line }) => (line as { width: number }).width === 4);
    expect(wide).toHaveLength(2);
    expect(figure.layout.images).toHaveLength(3);
    await expect(
      prototypeTree(await modelOf(network('protopnet'), plain), samples[0]!, samples),
    ).rejects.toThrow('is a protopnet and has no tree');
  });

  it('are refused where a network has none', async () => {
    const bare = await modelOf({ ...network('protopnet'), metadata: {} }, plain);
    await expect(prototypeScores(bare, samples)).rejects.toMatchObject({ kind: 'unsupported' });
  });
});
