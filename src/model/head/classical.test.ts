import { expect, it } from 'vitest';
import { type Attributes, ints, string } from '../../graph/attributes.js';
import type { Graph } from '../../graph/graph.js';
import { isShare } from './range.js';

const floats = (...value: number[]) => ({ kind: 'floats', value }) as const;

/** The scores of two classifiers side by side, as of one against the rest for several labels. */
function graphOf(op: string, attributes: Attributes): Graph {
  const node = (name: string) => ({
    ...{ op, domain: 'ai.onnx.ml', name, inputs: ['x'], outputs: [`${name}.label`, name] },
    attributes,
  });
  const joined = { op: 'Concat', domain: '', name: 'y', inputs: ['a', 'b'], outputs: ['y'] };
  return {
    ...{ name: op, initializers: new Map(), inputs: [], opsets: {}, metadata: {} },
    nodes: [node('a'), node('b'), { ...joined, attributes: { axis: { kind: 'int', value: 1 } } }],
    outputs: [{ name: 'y', type: 'float32' }],
  };
}

const trees = ints([0, 0, 1, 1]);
it.each<[string, string, Attributes, boolean]>([
  [
    'a forest',
    'TreeEnsembleClassifier',
    { class_treeids: trees, class_weights: floats(0.5, 0.1, 0.25, 0.5) },
    true,
  ],
  [
    'boosted scores',
    'TreeEnsembleClassifier',
    { class_treeids: trees, class_weights: floats(0.5, -1, 2, 0.5) },
    false,
  ],
  [
    'boosted probabilities',
    'TreeEnsembleClassifier',
    { class_treeids: trees, class_weights: floats(0.5, -1, 2, 0.5), post_transform: string('LOGISTIC') },
    true,
  ],
  ['a support vector machine', 'SVMClassifier', {}, false],
  ['one with probabilities', 'SVMClassifier', { prob_a: floats(-1, -2) }, true],
])('tells whether classifiers side by side give probabilities: %s', (_, op, attributes, is) => {
  expect(isShare(graphOf(op, attributes), 'y')).toBe(is);
});
