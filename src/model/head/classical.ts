import { groupBy } from '../../base/groups.js';
import { floatsOf, intsOf, stringOf } from '../../graph/attributes.js';
import type { Node } from '../../graph/graph.js';

/**
 * The bounds of the scores of a classifier of ONNX's domain for classical learning: those of probabilities,
 * or what the leaves of its trees sum to; infinite for others.
 */
export function classicalRange(node: Node): readonly [low: number, high: number] {
  const isShare = stringOf(node, 'post_transform', 'NONE') !== 'NONE' || floatsOf(node, 'prob_a')?.length;
  if (node.op.endsWith('Classifier') && isShare) return [0, 1];
  const [trees, weights] = [intsOf(node, 'class_treeids'), floatsOf(node, 'class_weights')];
  if (node.op !== 'TreeEnsembleClassifier' || !trees || !weights || floatsOf(node, 'base_values')?.length)
    return [-Infinity, Infinity];
  const leaves = groupBy([...weights.keys()], (leaf) => trees[leaf]!);
  const sum = (most: (...values: number[]) => number) =>
    [...leaves.values()].reduce(
      (total, own) => total + own.reduce((bound, leaf) => most(bound, weights[leaf]!), 0),
      0,
    );
  return [sum(Math.min), sum(Math.max)];
}
